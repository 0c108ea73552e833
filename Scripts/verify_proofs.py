#!/usr/bin/env python3
# DeployKit
# SPDX-License-Identifier: Apache-2.0
"""Checks receipts, consistency proofs and checkpoints with Python's standard library and openssl.

    verify_proofs.py receipt FILE.tlog-proof (--entries FILE | --header FILE) [--key VKEY]...
    verify_proofs.py consistency FILE --old CHECKPOINT [--key VKEY]...
    verify_proofs.py checkpoint FILE --key VKEY...

A receipt proves that one entry is in the log that its checkpoint commits to: --entries names the
entries.jsonl of an evidence bundle, --header a file with the header of the entry and nothing else.
A consistency proof shows that a newer checkpoint continues an older one. Each --key (name+id+base64,
as in C2SP signed-note; of a log or of a witness) must have signed the checkpoint, and must come from
elsewhere than the files. Without one, nothing tells who made them, and the answer says so.

Take this file from the project, not from whoever hands you the evidence. Exits with 0 when
everything fits, with 1 when anything does not.
"""
import argparse
import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time


class Refused(Exception):
    pass


def need(condition, sentence):
    if not condition:
        raise Refused(sentence)


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(data):
    return sha256(b"\x00" + data)


def node_hash(left, right):
    return sha256(b"\x01" + left + right)


def verify_inclusion(index, size, leaf, root, proof):
    """RFC 9162, 2.1.3.2."""
    if not 0 <= index < size or any(len(item) != 32 for item in [leaf, root, *proof]):
        return False
    place, last, result = index, size - 1, leaf
    for item in proof:
        if last == 0:
            return False
        if place % 2 == 1 or place == last:
            result = node_hash(item, result)
            while place % 2 == 0 and place != 0:
                place, last = place // 2, last // 2
        else:
            result = node_hash(result, item)
        place, last = place // 2, last // 2
    return last == 0 and result == root


def verify_consistency(old, size, old_root, root, proof):
    """RFC 9162, 2.1.4.2; nothing continues an empty log."""
    if not 0 < old <= size or any(len(item) != 32 for item in [old_root, root, *proof]):
        return False
    if old == size:
        return not proof and old_root == root
    if not proof:
        return False
    if old & (old - 1) == 0:
        proof = [old_root, *proof]
    place, last = old - 1, size - 1
    while place % 2 == 1:
        place, last = place // 2, last // 2
    old_result = result = proof[0]
    for item in proof[1:]:
        if last == 0:
            return False
        if place % 2 == 1 or place == last:
            old_result, result = node_hash(item, old_result), node_hash(item, result)
            while place % 2 == 0 and place != 0:
                place, last = place // 2, last // 2
        else:
            result = node_hash(result, item)
        place, last = place // 2, last // 2
    return last == 0 and old_result == old_root and result == root


def unbase64(text):
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, f"base64 in another spelling: {text!r}")
    return data


def number(text, word):
    digits = text.removeprefix(word + " ")
    need(digits != text and digits.isascii() and digits.isdigit() and str(int(digits)) == digits,
         f"{text!r} is not {word!r} and a number")
    return int(digits)


def read_note(data):
    """The text of a signed note, and (name, key ID, signature) of each line below it."""
    need(len(data) <= 65536, "the note has more than 64 KiB")
    need(all(byte >= 0x20 or byte == 0x0A for byte in data), "the note has a control character")
    need(data.endswith(b"\n") and b"\n\n" in data, "the note has no blank line")
    cut = data.rindex(b"\n\n") + 1
    signatures = []
    for line in data[cut + 1:].decode().split("\n")[:-1]:
        parts = line.split(" ")
        need(len(parts) == 3 and parts[0] == "\u2014", f"{line!r} is no signature line")
        name, blob = parts[1], unbase64(parts[2])
        need(name and "+" not in name and not any(c.isspace() for c in name) and len(blob) > 4,
             f"{line!r} is no signature line")
        signatures.append((name, blob[:4], blob[4:]))
    need(len(signatures) <= 100, "the note has more than 100 signatures")
    data.decode()
    return data[:cut], signatures


def read_checkpoint(data):
    """Origin, size, root, text and signatures of a C2SP tlog-checkpoint."""
    text, signatures = read_note(data)
    lines = text.decode().split("\n")
    need(len(lines) == 4 and lines[0], "a checkpoint has three lines")
    size, root = number("size " + lines[1], "size"), unbase64(lines[2])
    need(len(root) == 32, "the root has not 32 bytes")
    return lines[0], size, root, text, signatures


def openssl_accepts(key, message, signature):
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        der = bytes.fromhex("302a300506032b6570032100") + key
        for file, content in (("key", der), ("message", message), ("signature", signature)):
            paths.append(os.path.join(folder, file))
            with open(paths[-1], "wb") as out:
                out.write(content)
        return subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-rawin",
             "-inkey", paths[0], "-in", paths[1], "-sigfile", paths[2]],
            capture_output=True).returncode == 0


def log_of(name):
    """The name that a log began with, whatever it was recovered as."""
    return re.sub(r"/e([2-9]|[1-9][0-9]+)$", "", name)


def check_signatures(text, signatures, vkeys):
    if not vkeys:
        print("signatures: NOT CHECKED, no --key was given" if signatures else "UNSIGNED")
    for vkey in vkeys:
        need(vkey.count("+") >= 2, f"{vkey!r} is no key: name+id+base64")
        name, key_id, blob = vkey.split("+", 2)
        blob = unbase64(blob)
        need(len(blob) == 33 and blob[0] in (1, 4), f"the key of {name} is of an unknown type")
        need(sha256(name.encode() + b"\n" + blob)[:4].hex() == key_id,
             f"the key of {name} has another key ID")
        # A log that was recovered goes on as NAME/e2, NAME/e3, …, with the same key.
        origin = text.decode().split("\n")[0]
        if log_of(name) == log_of(origin):
            name, key_id = origin, sha256(origin.encode() + b"\n" + blob)[:4].hex()
        own = [made for signer, made_id, made in signatures
               if signer == name and made_id.hex() == key_id]
        need(own, f"there is no signature by {name}")
        for made in own:
            message, when = text, ""
            if blob[0] == 4:
                need(len(made) == 72, f"the cosignature by {name} has not 72 bytes")
                moment, made = int.from_bytes(made[:8], "big"), made[8:]
                message = b"cosignature/v1\ntime %d\n" % moment + text
                when = time.strftime(" at %Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
            need(openssl_accepts(blob[1:], message, made), f"the signature by {name} is bad")
        print(f"signature: good, by {name}{when}")


def read_proof(data, word):
    """Lines before the hashes by their first word, the hashes, and the checkpoint's bytes."""
    need(b"\n\n" in data, "the proof has no blank line")
    head, note = data.split(b"\n\n", 1)
    lines = head.decode().split("\n")
    if word == "index":
        need(lines.pop(0) == "c2sp.org/tlog-proof@v1", "the first line is not c2sp.org/tlog-proof@v1")
        if lines and lines[0].startswith("extra "):
            need(unbase64(lines.pop(0).removeprefix("extra ")), "the extra line is empty")
    need(lines, f"{word!r} is missing")
    value = number(lines.pop(0), word)
    need(len(lines) <= 63, "the proof has more than 63 hashes")
    hashes = [unbase64(line) for line in lines]
    need(all(len(item) == 32 for item in hashes), "a hash has not 32 bytes")
    return value, hashes, note


def read(path):
    with open(path, "rb") as file:
        return file.read()


def header_of(position, path):
    with open(path, "rb") as lines:
        for index, line in enumerate(lines):
            if index == position:
                return unbase64(json.loads(line)["header"])
    raise Refused(f"{path} has no entry {position}")


def check_receipt(options):
    need((options.entries is None) != (options.header is None), "name --entries or --header")
    index, proof, note = read_proof(read(options.file), "index")
    origin, size, root, text, signatures = read_checkpoint(note)
    header = header_of(index, options.entries) if options.entries else read(options.header)
    need(verify_inclusion(index, size, leaf_hash(header), root, proof),
         f"the proof does not lead from this entry to the root of {size} entries")
    need(json.loads(header)["seq"] == index, "the entry says that it stands elsewhere")
    print(f"receipt: entry {index} is in the log {origin!r} of {size} entries")
    check_signatures(text, signatures, options.key)


def check_consistency(options):
    old, proof, note = read_proof(read(options.file), "old")
    origin, size, root, text, signatures = read_checkpoint(note)
    old_origin, old_size, old_root, _, _ = read_checkpoint(read(options.old))
    need(old_origin == origin and old_size == old, "the older checkpoint is not the proof's")
    need(verify_consistency(old, size, old_root, root, proof),
         f"the log of {size} entries does not continue the one of {old}")
    print(f"consistency: {size} entries of {origin!r} continue its first {old}")
    check_signatures(text, signatures, options.key)


def check_checkpoint(options):
    need(options.key, "name a --key")
    origin, size, _, text, signatures = read_checkpoint(read(options.file))
    print(f"checkpoint: {size} entries of {origin!r}")
    check_signatures(text, signatures, options.key)


def main(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True, metavar="receipt | consistency | checkpoint")
    for name, run in (("receipt", check_receipt), ("consistency", check_consistency),
                      ("checkpoint", check_checkpoint)):
        verb = verbs.add_parser(name)
        verb.add_argument("file")
        verb.add_argument("--key", action="append", default=[])
        verb.set_defaults(run=run)
        if name == "receipt":
            verb.add_argument("--entries")
            verb.add_argument("--header")
        if name == "consistency":
            verb.add_argument("--old", required=True)
    options = parser.parse_args(arguments)
    options.run(options)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Refused as refusal:
        print(f"REFUSED: {refusal}", file=sys.stderr)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        print(f"REFUSED: it cannot be read: {error!r}", file=sys.stderr)
    sys.exit(1)
