"""Runs in Rasa's environment: ``diet.py FOLDER SEED EPOCHS`` trains DIET on ``nlu.yml`` and parses ``texts.json``."""

import asyncio
import json
import sys
from pathlib import Path

from rasa.core.agent import Agent
from rasa.model_training import train_nlu

CONFIG = """
recipe: default.v1
language: en
pipeline:
  - name: WhitespaceTokenizer
  - name: RegexFeaturizer
  - name: LexicalSyntacticFeaturizer
  - name: CountVectorsFeaturizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 4
  - name: DIETClassifier
    epochs: {epochs}
    constrain_similarities: true
    random_seed: {seed}
"""


def main(folder: Path, seed: int, epochs: int) -> None:
    config = folder / "config.yml"
    config.write_text(CONFIG.format(epochs=epochs, seed=seed))
    archive = train_nlu(str(config), str(folder / "nlu.yml"), str(folder / "models"))
    agent = Agent.load(archive)
    rows = asyncio.run(parse(agent, json.loads((folder / "texts.json").read_text())))
    (folder / "parsed.json").write_text(json.dumps(rows))


async def parse(agent: Agent, texts: list) -> list:
    rows = []
    for text in texts:
        found = await agent.parse_message(text)
        spans = [(entity["start"], entity["end"], entity["entity"]) for entity in found["entities"]]
        rows.append({"intent": found["intent"]["name"], "confidence": found["intent"]["confidence"], "spans": spans})
    return rows


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
