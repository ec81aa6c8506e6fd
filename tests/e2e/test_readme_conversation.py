"""The conversation of README.md, replayed against the running programs."""

import re

from contract.settings import ROOT


def conversation():
    """(what the shopper says, pattern of the answer) of the README's block."""
    block = re.search(r"```conversation\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)
    turns = re.findall(r"^Shopper: (.*)\nBot: (.*)$", block[1], re.M)
    return [(said, ".*".join(re.escape(part) for part in answer.split("…"))) for said, answer in turns]


def test_the_readme_tells_the_truth(shopper):
    turns = conversation()
    assert len(turns) >= 4
    for said, pattern in turns:
        answer = shopper.say(said)
        assert re.search(pattern.strip(), answer, re.S), f"{said!r} was answered with {answer!r}"
