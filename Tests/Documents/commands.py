"""The commands that the documents and the program's help show, each with the place where it stands."""

import re
import subprocess

FENCE = re.compile(r" {0,3}```(\w*)")
# What a command begins with, for fences, which hold output.
PROGRAM = re.compile(r"\s*(\$|gcloud|jitcleanup|curl|docker|swift|terraform|node|(\./)?(\.ci|deploy|Tests)/\S+)\s[^|]")
# What tells a reader that a command is not for every run; it stands in the comment at the end of the command.
MARK = re.compile(r"\s# .*\b(needs Google Cloud|by hand)\b")


class Command:
    def __init__(self, where, shown):
        self.where = where
        self.shown = shown

    @property
    def bare(self):
        """Without its comment."""
        return re.sub(r"\s+# .*", "", self.shown)

    @property
    def mark(self):
        match = MARK.search(self.shown)
        return match and match[1]


def is_complete(text):
    return not text.endswith("\\") and not subprocess.run(["bash", "-n", "-c", text], capture_output=True, check=False).returncode


def commands(lines, where):
    """Joins (number, line) pairs into commands, as a shell reads them."""
    pending = []
    for number, line in lines:
        pending.append((number, line))
        text = "\n".join(line for _, line in pending)
        if is_complete(text):
            if text.strip():
                yield Command(f"{where}:{pending[0][0]}", text)
            pending = []
    if pending:
        raise AssertionError(f"{where}:{pending[0][0]}: a command without an end")


def in_document(text, where):
    """Those of indented blocks. A fence holds output or a diagram, so a command in one is a fault."""
    fence, block, may_begin = None, [], True
    # The last line ends the last block.
    for number, line in enumerate([*text.split("\n"), "."], 1):
        if fence is None and line.startswith("    ") and (may_begin or block):
            block.append((number, line[4:]))
        elif line.strip():
            yield from commands(block, where)
            block = []
            if match := FENCE.match(line):
                fence = (match[1] or "output") if fence is None else None
            elif fence == "output" and PROGRAM.match(line):
                raise AssertionError(f"{where}:{number}: a command among output; indent it by four spaces instead")
        may_begin = not line.strip()


def in_help(text, where):
    """Those of the paragraphs that begin with "Examples:". A wrapped line is not what was meant, and fails."""
    lines = list(enumerate(text.split("\n"), 1))
    starts = [number for number, line in lines if line.strip() == "Examples:"]
    for start in starts:
        end = next(number for number, line in lines if number > start and not line.strip())
        indent = re.match(" *", lines[start][1]).end()
        yield from commands([(number, line[indent:]) for number, line in lines[start : end - 1]], where)
