"""Counts the English trigrams of crates/attack/src/tools/english.bin. Standard library only.

    python3 tools/count_trigrams.py 1661.txt 3261.txt > crates/attack/src/tools/english.bin

The two texts are from Project Gutenberg and in the public domain: A. C. Doyle, "The Adventures of Sherlock Holmes" (1892, number
1661), and W. Morris, "News from Nowhere" (1890, number 3261). Their licence texts at both ends are not counted.

The file holds two tables of -8 log2 of probabilities, one byte each: of a class of bytes after two others (32 x 32 x 32), and of a
letter after two others in a text without anything but letters (26 x 26 x 26).
"""
import math
import re
import sys

SPACE, STOP, COMMA, DIGIT, OTHER, UNPRINTABLE = range(26, 32)


def class_of(character):
    if "a" <= character.lower() <= "z":
        return ord(character.lower()) - ord("a")
    fixed = {" ": SPACE, ".": STOP, ",": COMMA}
    return fixed.get(character, DIGIT if character.isdigit() else OTHER if " " < character < "\x7f" else UNPRINTABLE)


def table(symbols, size):
    """-8 log2 of the probability of each symbol after two others, interpolated with shorter contexts (Jelinek and Mercer)."""
    three, two, one = {}, {}, [0] * size
    for at in range(2, len(symbols)):
        a, b, c = symbols[at - 2 : at + 1]
        three.setdefault((a, b), [0] * size)[c] += 1
        two.setdefault(b, [0] * size)[c] += 1
        one[c] += 1
    everything = sum(one)
    out = bytearray()
    for a in range(size):
        for b in range(size):
            seen3, seen2 = three.get((a, b)), two.get(b)
            all3, all2 = sum(seen3 or [0]), sum(seen2 or [0])
            # A context counts in proportion to how often it was seen.
            weight3, weight2 = all3 / (all3 + 20), all2 / (all2 + 20)
            for c in range(size):
                shortest = 0.999 * one[c] / everything + 0.001 / size
                shorter = shortest if not all2 else weight2 * seen2[c] / all2 + (1 - weight2) * shortest
                chance = shorter if not all3 else weight3 * seen3[c] / all3 + (1 - weight3) * shorter
                chance = 0.98 * chance + 0.02 * shortest
                out.append(min(255, round(-8 * math.log2(chance))))
    return bytes(out)


def main():
    text = ""
    for name in sys.argv[1:]:
        whole = open(name, encoding="latin-1").read()
        text += re.sub(r"\s+", " ", re.split(r"\*\*\* ?(?:START|END) OF[^\n]*", whole)[1])
    classes = [class_of(character) for character in text]
    letters = [number for number in classes if number < 26]
    sys.stdout.buffer.write(table(classes, 32) + table(letters, 26))


main()
