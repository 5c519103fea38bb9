"""Files of cases with recorded answers, readable by people and by tests/language/records.rs.

A case is its text, each line behind `> ` (or as one JSON string behind `>` where white space or odd characters matter),
followed by the lines of its answer, followed by an empty line.
"""
import json
import re
from pathlib import Path

ODD = re.compile(r"[^\S\n ]|[\x00-\x09\x0b-\x1f\x7f-\xa0\u0300-\u036f\u200b-\u200f\u2028\u2029\ufeff\ud800-\udfff]| $| \n")


def read(path):
    """Pairs of a text and its answer lines; the comment at the head of the file is left out."""
    found, text, answer = [], [], []
    for line in [*Path(path).read_bytes().decode().split("\n"), ""]:
        if line.startswith(">"):
            text.append(line)
        elif line and text:
            answer.append(line)
        elif text:
            found.append((decode(text), answer))
            text, answer = [], []
    return found


def decode(lines):
    if lines[0][1:].startswith('"'):
        return json.loads(lines[0][1:])
    return "\n".join(line[2:] for line in lines)


def encode(text, mark=">"):
    if ODD.search(text):
        return mark + json.dumps(text)
    return "\n".join(f"{mark} {line}".rstrip() for line in text.split("\n"))


def write(path, cases):
    head = []
    if Path(path).exists():
        for line in Path(path).read_bytes().decode().split("\n"):
            if not line.startswith("#"):
                break
            head.append(line)
    blocks = ["\n".join(head)] if head else []
    blocks += ["\n".join([encode(text), *answer]) for text, answer in cases]
    Path(path).write_bytes(("\n\n".join(blocks) + "\n").encode())
