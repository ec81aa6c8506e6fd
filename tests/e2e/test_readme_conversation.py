"""The conversation of README.md, replayed against the running programs."""

import re

from contract.settings import ROOT


def conversation():
    """(what the shopper says, pattern of the answer) of the README's block; white space counts as one blank."""
    block = re.search(r"```conversation\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)
    turns = re.findall(r"^Shopper: (.*)\nBot: (.*)$", block[1], re.M)
    return [(said, ".*".join(re.escape(part.strip()) for part in answer.split("…"))) for said, answer in turns]


def test_the_readme_tells_the_truth(shopper):
    turns = conversation()
    assert len(turns) >= 4
    for said, pattern in turns:
        answer = " ".join(shopper.say(said).split())
        assert re.search(pattern, answer), f"{said!r} was answered with {answer!r}"
