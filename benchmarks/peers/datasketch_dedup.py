"""Near duplicates with datasketch, as its documentation shows: MinHash over word 5-grams, LSH at 0.7. Prints JSON."""

import json
import sys
import time
from pathlib import Path

from datasketch import MinHash, MinHashLSH

texts = json.loads(Path(sys.argv[1]).read_text())


def rate(*, batch: bool) -> float:
    """Documents a second; in batches, or shingle by shingle as its documentation has it."""
    began = time.process_time()
    index = MinHashLSH(threshold=0.7, num_perm=128)
    for number, text in enumerate(texts):
        words = text.split()
        shingles = [" ".join(words[at : at + 5]).encode() for at in range(len(words) - 4)]
        signature = MinHash(num_perm=128)
        if batch:
            signature.update_batch(shingles)
        else:
            for shingle in shingles:
                signature.update(shingle)
        if not index.query(signature):
            index.insert(str(number), signature)
    return len(texts) / (time.process_time() - began)


print(json.dumps({"datasketch": rate(batch=False), "datasketch, in batches": rate(batch=True)}))
