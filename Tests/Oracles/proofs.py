#!/usr/bin/env python3
# DeployKit
# SPDX-License-Identifier: Apache-2.0
"""Makes and checks proofs for the tests, apart from our Swift code.

    proofs.py make SIZE          every proof of the trees of 1 to SIZE leaves, one a line
    proofs.py check FILE FLIPS   checks such lines; of FLIPS of them, every flipped bit must fail
    proofs.py roots FILE         compares lines "SIZE ROOT" with PyPI's pymerkle

A line is `inclusion INDEX SIZE LEAF ROOT HASH…` or `consistency OLD SIZE OLDROOT ROOT HASH…`, in
hexadecimal digits; leaf i is the text "entry i". Proofs are made by the recursive definitions of RFC
9162, 2.1.3.1 and 2.1.4.1, and checked by Scripts/verify_proofs.py, the verifier of auditors.
"""
import functools
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Scripts"))
from verify_proofs import leaf_hash, node_hash, verify_consistency, verify_inclusion  # noqa: E402


def split(low, high):
    half = 1
    while half * 2 < high - low:
        half *= 2
    return low + half


@functools.lru_cache(maxsize=None)
def root(low, high):
    if high - low == 1:
        return leaf_hash(b"entry %d" % low)
    middle = split(low, high)
    return node_hash(root(low, middle), root(middle, high))


def inclusion(index, low, high):
    if high - low == 1:
        return []
    middle = split(low, high)
    if index < middle:
        return inclusion(index, low, middle) + [root(middle, high)]
    return inclusion(index, middle, high) + [root(low, middle)]


def consistency(old, low, high, whole):
    if old == high:
        return [] if whole else [root(low, high)]
    middle = split(low, high)
    if old <= middle:
        return consistency(old, low, middle, whole) + [root(middle, high)]
    return consistency(old, middle, high, False) + [root(low, middle)]


def make(largest):
    for size in range(1, largest + 1):
        for index in range(size):
            hashes = [root(index, index + 1), root(0, size), *inclusion(index, 0, size)]
            print("inclusion", index, size, *(item.hex() for item in hashes))
        for old in range(1, size + 1):
            hashes = [root(0, old), root(0, size), *consistency(old, 0, size, True)]
            print("consistency", old, size, *(item.hex() for item in hashes))


def check(path, flips):
    with open(path, encoding="ascii") as file:
        lines = [line.split() for line in file]
    counts, flipped = {"inclusion": 0, "consistency": 0}, 0
    step = max(1, len(lines) // max(1, flips))
    for number, (kind, place, size, *hashes) in enumerate(lines):
        place, size = int(place), int(size)
        first, second, *proof = (bytes.fromhex(item) for item in hashes)
        verify = verify_inclusion if kind == "inclusion" else verify_consistency
        if not verify(place, size, first, second, proof):
            sys.exit(f"line {number + 1} is no proof")
        counts[kind] += 1
        if counts[kind] % step != step // 2:
            continue
        for index, item in enumerate(proof):
            for bit in range(256):
                other = bytearray(item)
                other[bit // 8] ^= 1 << bit % 8
                if verify(place, size, first, second, [*proof[:index], bytes(other), *proof[index + 1:]]):
                    sys.exit(f"line {number + 1} proves with bit {bit} of hash {index} flipped")
                flipped += 1
    print(f"{counts['inclusion']} inclusion, {counts['consistency']} consistency, {flipped} flips")


def roots(path):
    from pymerkle import InmemoryTree
    tree, size = InmemoryTree(algorithm="sha256"), 0
    with open(path, encoding="ascii") as file:
        for line in file:
            wanted, digest = line.split()
            while size < int(wanted):
                tree.append_entry(b"entry %d" % size)
                size += 1
            if tree.get_state(size).hex() != digest:
                sys.exit(f"pymerkle has another root of {size} leaves")
    print(f"{size} roots")


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(int(sys.argv[2]))
    elif sys.argv[1] == "check":
        check(sys.argv[2], int(sys.argv[3]))
    else:
        roots(sys.argv[2])
