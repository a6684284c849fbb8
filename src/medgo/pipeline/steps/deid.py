"""The step that takes identities out of records and has the result certified. Hands everything to that room."""

from __future__ import annotations

import json
import os
import shutil
from datetime import date
from pathlib import Path

from medgo import __version__
from medgo.deid.keys import create_key, read_key
from medgo.deid.policy import accepted_policies, read_policy
from medgo.deid.proving.certifying import certify_run
from medgo.deid.runs import RunConfig, run_deid
from medgo.errors import CertificateError, RecipeError
from medgo.pipeline.place import Place
from medgo.pipeline.recipe import CorpusStep, DeidStep
from medgo.pipeline.step import Inputs, Step
from medgo.pipeline.steps.corpus import ITEMS, about_of
from medgo.pipeline.steps.record_texts import text_of
from medgo.schema import Document, SourceRef
from medgo.store import RowFile, encode_row, replacing
from medgo.store.certificates import certificate_path, verify_certificate
from medgo.store.recipes import expand_path

RECORDS, DOCUMENTS, PUBLIC = "records.jsonl", "documents.jsonl", "public.pem"
_KEY = "surrogates.key"
# A hospital's records are under no licence that a recipe allows by default, unless the pipeline states one.
_LICENCE, _COLLECTION = "internal", "records"


def deid_step(name: str, asked: DeidStep, place: Place) -> Step:
    """Make the step; without a certificate that holds it fails, and what needs it is not run."""
    folder, source = place.folder(name), place.folder(asked.corpus)

    def inputs() -> Inputs:
        options = asked.model_dump(mode="json", exclude={"needs", "workers", "key_file", "columns", "cleared"})
        value = {"medgo": __version__, "options": options, "policy": read_policy(_policy(asked)).sha256}
        if asked.key_file:
            value["key"] = read_key(expand_path(asked.key_file)).fingerprint
        named = {"columns": asked.columns, "cleared": asked.cleared}
        return Inputs(value, {key: expand_path(path) for key, path in named.items() if path})

    def work() -> None:
        about = about_of(source)
        if about.holds == "documents":
            raise RecipeError(f"{asked.corpus} holds documents, not records", hint="documents go to curation")
        for name in (DOCUMENTS, PUBLIC):  # of an earlier certificate: nothing is left of it where there is no new one
            (folder / name).unlink(missing_ok=True)
        if not (source / ITEMS).stat().st_size:
            place.tools.say("there are no records")
            _write_documents(folder, "", "")
            return
        _deidentify(asked, folder, source / ITEMS, place)
        corpus = place.pipeline.steps[asked.corpus]
        if isinstance(corpus, CorpusStep):
            _write_documents(folder, corpus.collection or _COLLECTION, corpus.licence or _LICENCE)

    outputs = (RECORDS, certificate_path(Path(RECORDS)).name, PUBLIC, DOCUMENTS)
    return Step(name, folder, inputs, work, outputs, asked.needs)


def certified_documents(asked: DeidStep, folder: Path, today: date) -> Path:
    """The texts that a step left, after a look at the certificate of the records that they are of.

    Raises:
        CertificateError: There is none, it is of another file, or it holds no longer.
    """
    if not (folder / DOCUMENTS).is_file() or (folder / DOCUMENTS).stat().st_size:
        policies = accepted_policies([str(_policy(asked))])
        verify_certificate(folder / RECORDS, [folder / PUBLIC], policies=policies, today=today)
    return folder / DOCUMENTS


def _policy(asked: DeidStep) -> str:
    return str(expand_path(asked.policy))


def _deidentify(asked: DeidStep, folder: Path, source: Path, place: Place) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    config = RunConfig(
        source,
        folder / RECORDS,
        _policy(asked),
        asked.mode,
        expand_path(asked.key_file) if asked.key_file else _own_key(folder, place),
        tier=asked.tier,
        format="jsonl",
        columns=expand_path(asked.columns) if asked.columns else None,
    )
    totals = run_deid(config, workers=asked.workers or place.tools.workers).totals
    held_back = ", ".join(f"{reason} {count:,}" for reason, count in totals.held_back.most_common()) or "none"
    place.tools.say(f"{totals.records:,} records, {totals.labels.total():,} identifiers; held back: {held_back}")
    cleared = expand_path(asked.cleared) if asked.cleared else None
    done = certify_run(config, issuer=asked.issuer, today=place.tools.today, cleared=cleared)
    if done.shortcomings or not done.certificates:
        raise CertificateError(
            f"the records are not what the policy asks for: {'; '.join(done.shortcomings) or 'all were held back'}",
            hint=f"look at {done.suspects}; lines of it that are nobody's go into a file that `cleared` names",
        )
    shutil.copyfile(done.public_key, folder / PUBLIC)
    place.tools.say(f"certificate {done.certificates[0].id}; public key {folder / PUBLIC}")


def _own_key(folder: Path, place: Place) -> Path:
    """The step's own key: that of an earlier run of it where there is one, so that patients keep their surrogates."""
    path = folder / _KEY
    if path.exists():
        return path
    earlier = sorted(folder.parent.glob(f"{folder.name}.before-*/{_KEY}"), key=lambda one: one.stat().st_mtime_ns)
    if earlier:
        os.link(earlier[-1], path)
    else:
        key = create_key(path)
        place.tools.say(f"made a key, {key.fingerprint}, readable by you alone: {path}. Who has it can undo the")
        place.tools.say("surrogates: move it away from the records before you pass them on, and name it as key_file")
    return path


def _write_documents(folder: Path, collection: str, licence: str) -> None:
    with replacing(folder / DOCUMENTS) as file:
        if not collection:
            return
        certificate = json.loads(certificate_path(folder / RECORDS).read_bytes())["id"]
        for row in RowFile(folder / RECORDS):
            if row.value is None:
                raise RecipeError(f"{RECORDS}, line {row.number}: {row.error}")
            value = row.value
            text = text_of(value["sections"], value["document"], value["lang"])
            meta = {"document": value["document"], "synthetic": value["synthetic"], "certificate": certificate}
            document = Document(SourceRef(value["id"], collection, licence), value["lang"], text, "", meta)
            file.write(encode_row(document.to_dict()))
