"""The model card's basic inference, with transformers alone; MedGo itself is not needed.

    python examples/quickstart_transformers.py                      # OpenMedZoo/MedGo: 61 GiB, needs a large GPU
    python examples/quickstart_transformers.py path/to/a/model      # any model folder or hub id

Differences from the card: `apply_chat_template` returns a dictionary since transformers 5, so it is passed on with
`**`; `torch_dtype` is called `dtype`; and no `trust_remote_code`, because Qwen3 needs none.
"""

import sys

from transformers import AutoModelForCausalLM, AutoTokenizer

# Load model and tokenizer
model_path = sys.argv[1] if len(sys.argv) > 1 else "OpenMedZoo/MedGo"
tokenizer = AutoTokenizer.from_pretrained(model_path)
model = AutoModelForCausalLM.from_pretrained(model_path, device_map="auto", dtype="auto")

# Medical Q&A example
messages = [
    {
        "role": "system",
        "content": "You are a professional medical assistant. Please answer questions based on medical knowledge.",
    },
    {"role": "user", "content": "What is hypertension and what are the common treatment methods?"},
]

# Generate response
inputs = tokenizer.apply_chat_template(
    messages,
    tokenize=True,
    add_generation_prompt=True,
    return_dict=True,
    return_tensors="pt",
).to(model.device)

outputs = model.generate(**inputs, max_new_tokens=512, temperature=0.7, top_p=0.9, do_sample=True)

response = tokenizer.decode(outputs[0][inputs["input_ids"].shape[1] :], skip_special_tokens=True)
print(response)
