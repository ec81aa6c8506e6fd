"""Runs in Rasa's environment: ``diet.py FOLDER`` trains ``config.yml`` on ``nlu.yml`` and parses ``texts.json``."""

import asyncio
import json
import sys
from pathlib import Path

from rasa.core.agent import Agent
from rasa.model_training import train_nlu


def main(folder: Path) -> None:
    archive = train_nlu(str(folder / "config.yml"), str(folder / "nlu.yml"), str(folder / "models"))
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
    main(Path(sys.argv[1]))
