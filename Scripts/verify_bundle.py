#!/usr/bin/env python3
# DeployKit
# SPDX-License-Identifier: Apache-2.0
"""Checks an evidence bundle with nothing but Python's standard library and openssl.

    verify_bundle.py FOLDER [--key VKEY]

FOLDER holds manifest.json, entries.jsonl and checkpoint. With --key, the checkpoint must carry a
good Ed25519 signature by that key (name+id+base64, as in C2SP signed-note), which has to come from
elsewhere than the bundle. Prints what was checked; exits with 1 when anything does not fit.
"""
import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile


class Refused(Exception):
    pass


def need(condition, sentence):
    if not condition:
        raise Refused(sentence)


def sha256(data):
    return hashlib.sha256(data).digest()


def node(left, right):
    return sha256(b"\x01" + left + right)


def unbase64(text):
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, f"base64 in another spelling: {text!r}")
    return data


def members(pairs):
    need(len({name for name, _ in pairs}) == len(pairs), "a JSON object names a member twice")
    return dict(pairs)


def parse(data):
    return json.loads(data.decode("utf-8"), object_pairs_hook=members)


def references(value):
    """The digests of the attachments that an event refers to."""
    if isinstance(value, dict) and set(value) == {"bytes", "digest", "mediaType"}:
        yield value["digest"]
    elif isinstance(value, dict):
        for member in value.values():
            yield from references(member)
    elif isinstance(value, list):
        for element in value:
            yield from references(element)


def append(frontier, leaf):
    level = 0
    while frontier and frontier[-1][0] == level:
        leaf, level = node(frontier.pop()[1], leaf), level + 1
    frontier.append((level, leaf))


def root(frontier):
    if not frontier:
        return sha256(b"")
    result = frontier[-1][1]
    for _, left in reversed(frontier[:-1]):
        result = node(left, result)
    return result


def check_signature(text, lines, vkey):
    name, key_id, key = vkey.split("+", 2)
    key = unbase64(key)
    need(len(key) == 33 and key[0] == 1, "the key is no Ed25519 key of a log")
    need(sha256(name.encode() + b"\n" + key)[:4].hex() == key_id, "the key has another key ID")
    for line in lines:
        dash, signer, blob = line.split(" ")
        need(dash == "\u2014", "a signature line is malformed")
        blob = unbase64(blob)
        if signer != name or blob[:4].hex() != key_id:
            continue
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            der = bytes.fromhex("302a300506032b6570032100") + key[1:]
            for file, content in (("key", der), ("text", text), ("signature", blob[4:])):
                paths.append(os.path.join(folder, file))
                with open(paths[-1], "wb") as out:
                    out.write(content)
            run = subprocess.run(
                ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-rawin",
                 "-inkey", paths[0], "-in", paths[1], "-sigfile", paths[2]],
                capture_output=True)
        need(run.returncode == 0, f"the signature by {name} is bad")
        return name
    raise Refused(f"there is no signature by {name}")


def main(arguments):
    if len(arguments) not in (1, 3) or (len(arguments) == 3 and arguments[1] != "--key"):
        print(__doc__, file=sys.stderr)
        return 64
    folder = arguments[0]

    def read(name):
        need(name and not os.path.isabs(name) and ".." not in name.split("/"),
             f"the path {name!r} leads out of the bundle")
        with open(os.path.join(folder, name), "rb") as file:
            return file.read()

    manifest = parse(read("manifest.json"))
    for file in manifest["files"]:
        digest = hashlib.sha256(read(file["path"])).hexdigest()
        need(digest == file["sha256"], f"{file['path']} is not the file of the manifest")
    listed = {file["path"] for file in manifest["files"]}
    need({"entries.jsonl", "checkpoint"} <= listed, "the manifest does not list the evidence")
    print(f"files: {len(listed)} have the digests of the manifest")
    for place, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            path = os.path.relpath(os.path.join(place, name), folder)
            if path != "manifest.json" and path not in listed:
                print(f"NOT LISTED, so not checked: {path}")

    note = read("checkpoint")
    cut = note.rindex(b"\n\n") + 1
    text, signatures = note[:cut], note[cut + 1:].decode().splitlines()
    origin, size, head = text.decode().split("\n")[:3]
    need(text.decode() == f"{origin}\n{size}\n{head}\n" and str(int(size)) == size,
         "the checkpoint is malformed")
    size, head = int(size), unbase64(head)
    recorded = manifest["head"]
    need(recorded["size"] == size and recorded["rootHash"] in (head.hex(), base64.b64encode(head).decode())
         and recorded.get("origin", origin) == origin, "the manifest names another head")

    first, count = manifest["range"]["first"], manifest["range"]["count"]
    frontier, seen, bodies, revisions = [], 0, 0, {}
    referred, erasures = set(), set()
    with open(os.path.join(folder, "entries.jsonl"), "rb") as lines:
        for line in lines:
            position = first + seen
            entry = parse(line)
            raw = unbase64(entry["header"])
            header = parse(raw)
            canonical = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            need(canonical.encode() == raw, f"header {position} is not canonical")
            need(header["v"] == 1 and header["seq"] == position,
                 f"header {position} has another position or version")
            leaf = sha256(b"\x00" + raw)
            need(entry["leaf"] == leaf.hex(), f"leaf {position} is not the hash of its header")
            stream = header["stream"]
            if first == 0 or stream in revisions:
                need(header["revision"] == revisions.get(stream, -1) + 1,
                     f"entry {position} leaves a gap in {stream!r}")
            revisions[stream] = header["revision"]
            if "body" in entry:
                body = unbase64(entry["body"])
                salt = bytes.fromhex(entry["salt"])
                need(len(salt) == 32, f"the salt of entry {position} has not 32 bytes")
                need(sha256(salt + body).hex() == header["bodyDigest"],
                     f"the body of entry {position} is not the one that was logged")
                need("event" not in entry or entry["event"] == parse(body),
                     f"the readable copy of entry {position} differs from its body")
                bodies += 1
                event = parse(body)
                referred.update(references(event))
                if stream == "log" and header["kind"] == "attachment-erased":
                    erasures.add(event["attachment"])
                if position == 0:
                    first_origin = event["origin"]
                    need(origin == first_origin or origin.startswith(first_origin + "/e"),
                         "entry 0 names another origin")
            else:
                need("event" not in entry, f"entry {position} has a readable copy and no body")
            append(frontier, leaf)
            seen += 1
    need(seen == count, f"there are {seen} entries, not {count}")
    print(f"entries: {seen} from position {first} on without a gap, {bodies} with their bodies")

    attached = erased = 0
    with open(os.path.join(folder, "attachments.jsonl"), "rb") as lines:
        for line in lines:
            attachment = parse(line)
            referred.discard(attachment["digest"])
            if attachment.get("erased"):
                need(attachment["digest"] in erasures,
                     f"no entry records the erasure of the attachment {attachment['digest']}")
                erased += 1
                continue
            content = bytes.fromhex(attachment["salt"]) + unbase64(attachment["bytes"])
            need(sha256(content).hex() == attachment["digest"],
                 f"the attachment {attachment['digest']} is not the one that was logged")
            attached += 1
    need(not referred, f"{len(referred)} attachments are missing: {' '.join(sorted(referred)[:3])}")
    print(f"attachments: {attached} as logged, {erased} erased")

    if first == 0 and seen == size:
        need(root(frontier) == head, "the entries do not have the root of the checkpoint")
        print(f"root: the entries are the whole log {origin!r} of {size}")
    else:
        raise Refused(f"positions {first} to {first + seen - 1} of {size} do not make up the root")
    if len(arguments) == 3:
        print(f"signature: good, by {check_signature(text, signatures, arguments[2])}")
    elif signatures:
        print("signature: NOT CHECKED, no --key was given")
    else:
        print("signature: UNSIGNED")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Refused as refusal:
        print(f"REFUSED: {refusal}", file=sys.stderr)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        print(f"REFUSED: the bundle cannot be read: {error!r}", file=sys.stderr)
    sys.exit(1)
