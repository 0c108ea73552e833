#!/usr/bin/env python3
# DeployKit
# SPDX-License-Identifier: Apache-2.0
"""Checks an evidence bundle with nothing but Python's standard library, openssl and ssh-keygen.

    verify_bundle.py FOLDER [--key VKEY] [--allowed-signers FILE]

With --key, the checkpoint must carry a good Ed25519 signature by that key (name+id+base64, as in
C2SP signed-note), which has to come from elsewhere than the bundle. With --allowed-signers, every
SSH signature must be good by OpenSSH's file of the people's keys, from elsewhere as well; without,
and for services, the keys are those that the log itself lists. Prints what was checked, and after "not checked:" each thing in the folder that was not; exits with 1 when anything does not fit.

Take this file from the project, not from whoever hands you the evidence.
"""
import base64
import datetime
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile

COLUMNS = """seq leafHash at deployment service environment tier version gate round slot decision
    person actor assurance signature authority checklist subject headSize headRoot reason""".split()
HEADER = {"at", "bodyDigest", "key", "kind", "revision", "seq", "skewMs", "stream", "v"}
FILES = {"VERIFY.txt", "allowed_signers", "attachments.jsonl", "checkpoint", "entries.jsonl",
         "entries.schema.json", "report.html", "signoffs.csv"}
ALWAYS_SHOWN = {"directory", "log", "log/epochs"}
PAYLOAD = "application/vnd.in-toto+json"
SPKI = bytes.fromhex("302a300506032b6570032100")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class Refused(Exception):
    pass


def need(condition, sentence):
    if not condition:
        raise Refused(sentence)


def sha256(data):
    return hashlib.sha256(data).digest()


def unbase64(text):
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, f"base64 in another spelling: {text!r}")
    return data


def members(pairs):
    need(len({name for name, _ in pairs}) == len(pairs), "a JSON object names a member twice")
    return dict(pairs)


def parse(data, what):
    """JSON in its only spelling: members in order, no spaces, no needless escapes, no fractions."""
    value = json.loads(data.decode("utf-8"), object_pairs_hook=members, parse_float=no_number,
                       parse_constant=no_number)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    need(text.encode() == data, f"{what} is not canonical")
    return value


def no_number(text):
    raise Refused(f"{text} is no whole number")


def lines(file, what):
    for number, line in enumerate(file):
        need(line.endswith(b"\n"), f"{what} does not end with a line feed")
        yield parse(line[:-1], f"line {number + 1} of {what}")


def references(value):
    """The attachments that an event refers to."""
    if isinstance(value, dict) and set(value) == {"bytes", "digest", "mediaType"}:
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from references(member)
    elif isinstance(value, list):
        for element in value:
            yield from references(element)


class Tree:
    """The Merkle tree of RFC 9162, which knows its root at every size that it had."""

    def __init__(self):
        self.size, self.levels = 0, []

    def append(self, leaf):
        level, place = 0, self.size
        while True:
            if level == len(self.levels):
                self.levels.append(bytearray())
            self.levels[level] += leaf
            if place % 2 == 0:
                break
            left = bytes(self.levels[level][-64:-32])
            leaf, level, place = sha256(b"\x01" + left + leaf), level + 1, place // 2
        self.size += 1

    def root(self, size):
        result, start = None, size
        for level in range(size.bit_length()):
            if size >> level & 1:
                place = (start >> level) - 1
                start -= 1 << level
                node = bytes(self.levels[level][32 * place:32 * place + 32])
                result = node if result is None else sha256(b"\x01" + node + result)
        return result or sha256(b"")


class Origins:
    """The names of the log: of a log that was recovered, one for each epoch."""

    def __init__(self, first):
        self.epochs = [(first, 0)]

    def begin(self, event, position):
        previous = self.epochs[-1][0]
        stem, mark, number = previous.rpartition("/e")
        counts = mark and re.fullmatch(r"[2-9]|[1-9]\d+", number)
        follower = f"{stem}/e{int(number) + 1}" if counts else previous + "/e2"
        need(event["closed"]["origin"] == previous and event["origin"] == follower,
             f"entry {position} begins an epoch that does not follow {previous!r}")
        self.epochs.append((follower, position))

    def at(self, size):
        return next(name for name, start in reversed(self.epochs) if start < size)


class SignOffs:
    """The table of sign-offs, derived from the entries."""

    def __init__(self):
        self.digest = hashlib.sha256(self.line(COLUMNS).encode())
        self.subjects = {}
        self.made = self.unsigned = self.deployments = 0

    @staticmethod
    def line(values):
        cells = []
        for value in values:
            first = next((letter for letter in value if letter != "'"), "")
            if first and first in "=+-@\t\r\n＝＋－＠":
                value = "'" + value
            cells.append('"' + value.replace('"', '""') + '"')
        return ",".join(cells) + "\r\n"

    def add(self, header, leaf, event):
        position, stream, kind = header["seq"], header["stream"], header["kind"]
        if kind == "deployment-started":
            subject = event["subject"]
            place = subject["environment"]
            self.subjects[stream] = [event["deployment"], subject["service"], place["name"],
                                     place["tier"], subject["version"]]
            self.deployments += 1
        if kind not in ("signed-off", "sign-off-withdrawn"):
            return
        need(stream in self.subjects, f"the sign-off of entry {position} is of no deployment")
        row = [str(position), leaf.hex(), header["at"]] + self.subjects[stream]
        if kind == "sign-off-withdrawn":
            row += [event["gate"], str(event["round"]), event["slot"], "withdrawn",
                    event["person"]] + [""] * 8 + [event.get("reason", {}).get("digest", "")]
        else:
            made = event["signOff"]
            actor = made["actor"]
            signed = actor["assurance"] in ("sshKey", "serviceKey")
            row += [made["gate"], str(made["round"]), made["slot"], made["decision"],
                    made["person"], actor["id"], actor["assurance"],
                    "SIGNED" if signed else "UNSIGNED", made["authority"], made["checklist"],
                    made["subject"], str(made["head"]["size"]), made["head"]["rootHash"],
                    made.get("reason", {}).get("digest", "")]
            self.made += 1
            self.unsigned += not signed
        self.digest.update(self.line(row).encode())


class Selection:
    """Which deployments the query of the manifest selects, and whether they are shown whole."""

    def __init__(self, query):
        need(set(query) <= {"deployments", "from", "to"}, "the query is of another form")
        self.query, self.selected, self.shown, self.hidden = query, set(), set(), {}

    def add(self, stream, at, shown):
        if not stream.startswith("deployment/"):
            need(shown or self.query and stream not in ALWAYS_SHOWN,
                 f"an entry of {stream!r} has no body, and the query leaves nothing out there")
            return
        named = self.query.get("deployments")
        if ((named is None or stream.removeprefix("deployment/") in named)
                and self.query.get("from", "") <= at <= self.query.get("to", "~")):
            self.selected.add(stream)
        if shown:
            self.shown.add(stream)
        else:
            self.hidden[stream] = True

    def check(self):
        wrong = (self.selected & set(self.hidden)) | (self.shown - self.selected)
        need(not wrong, f"{' and '.join(sorted(wrong))}: not shown as the query selects")


class Statements:
    """The signed statements, each with what the log knew of the people when it was recorded."""

    def __init__(self):
        self.all, self.people, self.files = [], [], {}

    def add(self, header, event):
        position, kind = header["seq"], header["kind"]
        if kind == "directory-applied":
            if "statement" in event:
                self.take(header, event["statement"], "directory")
                _, statement, signer = self.all[-1][1:4]
                people = json.dumps(event["people"], sort_keys=True, separators=(",", ":"),
                                    ensure_ascii=False).encode()
                need(statement["subject"][0]["digest"]["sha256"] == sha256(people).hex(),
                     f"the people of entry {position} are not those that {signer} signed")
            self.people = event["people"]
        if kind != "signed-off":
            return
        made = event["signOff"]
        need(("statement" in made) == (made["actor"]["assurance"] in ("sshKey", "serviceKey")),
             f"the sign-off of entry {position} names a key without a statement")
        if "statement" not in made:
            return
        self.take(header, made["statement"], "sign-off")
        said = self.all[-1][2]["predicate"]
        need(all(said[name] == made[name] for name in ("slot", "gate", "round", "decision", "head"))
             and said.get("reason") == made.get("reason") and said["signer"] == made["actor"]["id"]
             and said["assurance"] == made["actor"]["assurance"]
             and header["stream"] == "deployment/" + said["deployment"]
             and [part["digest"]["sha256"] for part in self.all[-1][2]["subject"][:2]]
             == [made["checklist"], made["subject"]],
             f"the statement of entry {position} is about another sign-off")

    def take(self, header, envelope, what):
        position = header["seq"]
        need(envelope["payloadType"] == PAYLOAD and len(envelope["signatures"]) == 1,
             f"the envelope of entry {position} is of another form")
        payload = unbase64(envelope["payload"])
        statement = parse(payload, f"the statement of entry {position}")
        need(statement["predicateType"] == f"urn:deploykit:predicate:{what}:v1",
             f"the statement of entry {position} is of another type")
        message = b"DSSEv1 %d %s %d " % (len(PAYLOAD), PAYLOAD.encode(), len(payload)) + payload
        signature = unbase64(envelope["signatures"][0]["sig"])
        signer = statement["predicate"]["signer"]
        self.all.append((header, message, statement, signer, signature, what, self.people,
                         envelope["signatures"][0]["keyid"]))
        if what == "sign-off":
            spelt = json.dumps(envelope, sort_keys=True, separators=(",", ":")).encode() + b"\n"
            ssh = statement["predicate"]["assurance"] == "sshKey"
            for ending, content in (("json", spelt), ("pae", message),
                                    ("sig", armored(signature) if ssh else signature)):
                path = f"signoffs/{position}.{ending}"
                self.files[path] = hashlib.sha256(content).hexdigest()

    def check(self, allowed):
        """Judges every signature; returns how many by SSH and how many by services."""
        counts = [0, 0]
        for header, message, statement, signer, signature, what, people, key in self.all:
            keys = [key for person in people if signer in [person["id"], *person.get("aliases", [])]
                    for key in person.get("keys", [])]
            entry, at = f"the signature of entry {header['seq']}", header["at"]
            if statement["predicate"]["assurance"] == "serviceKey":
                raw = [unbase64(known["ed25519"]) for known in keys if "ed25519" in known
                       and known.get("validFrom", "") <= at <= known.get("validUntil", "~")
                       and at < known.get("revokedAt", "~")]
                raw = [known for known in raw if sha256(known).hex() == key]
                need(raw and ed25519(raw[0], message, signature), f"{entry} by {signer} is bad")
                counts[1] += 1
                continue
            if allowed is None:
                lines = [f"{signer} {known['ssh']}\n" for known in keys if "ssh" in known
                         and known.get("validFrom", "") <= at <= known.get("validUntil", "~")
                         and at < known.get("revokedAt", "~")]
                need(re.fullmatch(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+", signer), f"{entry}: a pattern")
            else:
                lines = [allowed]
            need(sshsig("".join(lines), signer, f"{what}@deploykit", at, message, signature),
                 f"{entry} by {signer} is bad, or by a key that is not taken")
            counts[0] += 1
        return counts


def armored(signature):
    text = base64.b64encode(signature).decode()
    rows = "".join(text[start:start + 70] + "\n" for start in range(0, len(text), 70))
    return f"-----BEGIN SSH SIGNATURE-----\n{rows}-----END SSH SIGNATURE-----\n".encode()


def in_folder(files, command):
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)
        with open(os.path.join(folder, "message"), "rb") as message:
            run = subprocess.run(command, cwd=folder, stdin=message, capture_output=True)
        return run.returncode == 0


def sshsig(allowed, signer, namespace, at, message, signature):
    need(re.fullmatch(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+", signer), f"{signer!r} is a pattern")
    moment = re.sub(r"[-:T]|\..*", "", at) + "Z"
    return in_folder(
        {"allowed": allowed.encode(), "message": message, "signature": armored(signature)},
        ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", signer, "-n", namespace, "-s",
         "signature", f"-Overify-time={moment}"])


def ed25519(key, message, signature):
    return in_folder(
        {"key": SPKI + key, "message": message, "signature": signature},
        ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-rawin", "-inkey", "key",
         "-in", "message", "-sigfile", "signature"])


def log_of(name):
    """The name that a log began with, whatever it was recovered as."""
    return re.sub(r"/e([2-9]|[1-9][0-9]+)$", "", name)


def check_signature(text, lines, vkey):
    """Checks the signature by one key; returns the signers of the other lines."""
    name, key_id, key = vkey.split("+", 2)
    key = unbase64(key)
    need(len(key) == 33 and key[0] == 1, "the key is no Ed25519 key of a log")
    need(sha256(name.encode() + b"\n" + key)[:4].hex() == key_id, "the key has another key ID")
    # A log that was recovered goes on as NAME/e2, NAME/e3, …, with the same key.
    origin = text.decode().split("\n")[0]
    if log_of(name) == log_of(origin):
        name, key_id = origin, sha256(origin.encode() + b"\n" + key)[:4].hex()
    good, others = False, []
    for line in lines:
        dash, signer, blob = line.split(" ")
        need(dash == "\u2014", "a signature line is malformed")
        blob = unbase64(blob)
        if signer != name or blob[:4].hex() != key_id:
            others.append(signer)
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
        good = True
    need(good, f"there is no signature by {name}")
    return name, others


def check_entries(folder, tree, table, selection, statements):
    """Checks entry by entry; returns what they refer to, what they erase, the kinds and names."""
    found = {"attachments": {}, "erased": set(), "definitions": {}, "kinds": {},
             "omitted": 0}
    revisions, last, origins = {}, None, None
    with open(os.path.join(folder, "entries.jsonl"), "rb") as file:
        for position, entry in enumerate(lines(file, "entries.jsonl")):
            shown = set(entry) == {"body", "event", "header", "leaf", "salt"}
            need(shown or set(entry) == {"header", "leaf"}, f"entry {position} has other members")
            raw = unbase64(entry["header"])
            header = parse(raw, f"header {position}")
            need(set(header) | {"key", "skewMs"} == HEADER and header["v"] == 1
                 and header["seq"] == position,
                 f"header {position} has another position, version or form")
            leaf = sha256(b"\x00" + raw)
            need(entry["leaf"] == leaf.hex(), f"leaf {position} is not the hash of its header")
            stream, kind = header["stream"], header["kind"]
            need(header["revision"] == revisions.get(stream, -1) + 1,
                 f"entry {position} leaves a gap in {stream!r}")
            revisions[stream] = header["revision"]
            need(MOMENT.fullmatch(header["at"]), f"the moment of entry {position} is malformed")
            now = datetime.datetime.fromisoformat(header["at"][:-1])
            behind = (last - now) // datetime.timedelta(milliseconds=1) if last else 0
            need(header.get("skewMs") == (-behind if behind > 0 else None),
                 f"the clock skew of entry {position} is not the distance to the entry before")
            last = now
            selection.add(stream, header["at"], shown)
            found["kinds"][kind] = found["kinds"].get(kind, 0) + 1
            if not shown:
                found["omitted"] += 1
                tree.append(leaf)
                continue
            body = unbase64(entry["body"])
            salt = bytes.fromhex(entry["salt"])
            need(len(salt) == 32, f"the salt of entry {position} has not 32 bytes")
            need(sha256(salt + body).hex() == header["bodyDigest"],
                 f"the body of entry {position} is not the one that was logged")
            event = parse(body, f"the body of entry {position}")
            need(entry["event"] == event,
                 f"the readable copy of entry {position} differs from its body")
            need((position == 0) == (stream == "log" and kind == "log-created"),
                 f"entry {position} names the log, and only entry 0 does")
            if position == 0:
                origins = Origins(event["origin"])
            elif stream == "log/epochs" or kind == "epoch-begun":
                need(stream == "log/epochs" and kind == "epoch-begun",
                     f"the kind {kind!r} of entry {position} does not belong in {stream!r}")
                origins.begin(event, position)
            if stream == "log" and kind == "attachment-erased":
                found["erased"].add(event["attachment"])
            for reference in references(event):
                found["attachments"].setdefault(reference["digest"], reference)
            if kind == "deployment-started":
                found["definitions"].setdefault(event["subject"]["checklist"], "json")
            elif kind == "deployment-amended":
                found["definitions"].setdefault(event["checklist"], "json")
            if kind in ("deployment-started", "deployment-amended") and "source" in event:
                found["definitions"].setdefault(event["source"]["digest"], "md")
            if kind == "signed-off":
                seen = event["signOff"]["head"]
                need(0 < seen["size"] <= position and origins.at(seen["size"]) == seen["origin"]
                     and tree.root(seen["size"]).hex() == seen["rootHash"],
                     f"the sign-off of entry {position} is bound to a head that this log never had")
            statements.add(header, event)
            table.add(header, leaf, event)
            tree.append(leaf)
    found["origins"] = origins
    return found


def check_attachments(folder, referred, erasures):
    met, attached, erased = set(), 0, 0
    with open(os.path.join(folder, "attachments.jsonl"), "rb") as file:
        for attachment in lines(file, "attachments.jsonl"):
            digest = attachment["digest"]
            need(digest in referred and digest not in met,
                 f"the attachment {digest} stands there twice, or no entry refers to it")
            met.add(digest)
            reference = referred[digest]
            need(attachment["mediaType"] == reference["mediaType"],
                 f"the attachment {digest} is of another type than the entry says")
            if digest in erasures:
                need(set(attachment) == {"digest", "erased", "mediaType"}
                     and attachment["erased"] is True,
                     f"the attachment {digest} is there, and its erasure is on record")
                erased += 1
                continue
            need(set(attachment) == {"bytes", "digest", "mediaType", "salt"},
                 f"no entry records the erasure of the attachment {digest}")
            salt, content = bytes.fromhex(attachment["salt"]), unbase64(attachment["bytes"])
            need(len(salt) == 32 and len(content) == reference["bytes"]
                 and sha256(salt + content).hex() == digest,
                 f"the attachment {digest} is not the one that was logged")
            attached += 1
    missing = sorted(set(referred) - met)
    need(not missing, f"{len(missing)} attachments are missing: {' '.join(missing[:3])}")
    return attached, erased


def main(arguments):
    options = dict(zip(arguments[1::2], arguments[2::2]))
    if (len(arguments) % 2 == 0 or len(options) * 2 + 1 != len(arguments)
            or not set(options) <= {"--key", "--allowed-signers"}):
        print(__doc__, file=sys.stderr)
        return 64
    folder, allowed = arguments[0], None
    if "--allowed-signers" in options:
        with open(options["--allowed-signers"], encoding="utf-8") as file:
            allowed = file.read()
    unchecked = []

    def read(name):
        with open(os.path.join(folder, name), "rb") as file:
            return file.read()

    def measure(name):
        need(name and not os.path.isabs(name) and ".." not in name.split("/"),
             f"the path {name!r} leads out of the bundle")
        digest, size = hashlib.sha256(), 0
        with open(os.path.join(folder, name), "rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
                size += len(piece)
        return digest.hexdigest(), size

    content = read("manifest.json")
    need(content.endswith(b"\n"), "manifest.json does not end with a line feed")
    need(read("manifest.sha256") == hashlib.sha256(content).hexdigest().encode()
         + b"  manifest.json\n", "manifest.sha256 is not of this manifest.json")
    manifest = parse(content[:-1], "manifest.json")
    need(manifest["v"] == 1, "the manifest has another version")
    listed = {}
    for file in manifest["files"]:
        need(file["path"] not in listed, f"the manifest lists {file['path']} twice")
        listed[file["path"]], count = measure(file["path"])
        need(listed[file["path"]] == file["sha256"] and count == file["bytes"],
             f"{file['path']} is not the file of the manifest")
    missing = sorted(FILES - set(listed))
    need(not missing, f"the manifest does not list {' and '.join(missing)}")
    print(f"files: {len(listed)} have the sizes and digests of the manifest")

    note = read("checkpoint")
    cut = note.rindex(b"\n\n") + 1
    text, signatures = note[:cut], note[cut + 1:].decode().splitlines()
    origin, size, head = text.decode().split("\n")[:3]
    need(text.decode() == f"{origin}\n{size}\n{head}\n" and str(int(size)) == size,
         "the checkpoint is malformed")
    size, head = int(size), unbase64(head)
    need(manifest["head"] == {"origin": origin, "rootHash": head.hex(), "size": size},
         "the manifest names another head")
    need(manifest["range"] == {"count": size, "first": 0},
         "the manifest is not of a whole log")

    tree, table, statements = Tree(), SignOffs(), Statements()
    selection = Selection(manifest["query"])
    found = check_entries(folder, tree, table, selection, statements)
    selection.check()
    need(tree.size == size, f"there are {tree.size} entries, not {size}")
    need(found["origins"].at(size) == origin, "the entries are of a log of another name")
    need(tree.root(size) == head, "the entries do not have the root of the checkpoint")
    omitted = found["omitted"]
    print(f"entries: {size} from position 0 on without a gap, "
          + (f"{omitted} of them left out by the query, with their headers" if omitted
             else "each with its body"))
    print(f"root: the entries are the whole log {origin!r} of {size}")

    attached, erased = check_attachments(folder, found["attachments"], found["erased"])
    print(f"attachments: {attached} as logged, {erased} erased")
    named = {f"definitions/{key}.{end}": key for key, end in found["definitions"].items()}
    for path, digest in sorted(named.items()):
        need(listed.get(path) == digest, f"{path} is missing, or not what the entries name")
    print(f"definitions: {len(named)} as logged")
    need(table.digest.hexdigest() == listed["signoffs.csv"],
         "signoffs.csv is not what follows from the entries")
    print(f"sign-offs: {table.made} in the table as in the entries, {table.unsigned} UNSIGNED")
    kinds = [{"count": count, "kind": kind} for kind, count in sorted(found["kinds"].items())]
    need(manifest["counts"] == {"deployments": table.deployments, "erased": erased, "kinds": kinds,
                                "omitted": omitted,
                                "signOffs": table.made, "unsigned": table.unsigned},
         "the counts of the manifest are not those of the entries")
    print("counts: the manifest's are those of the entries")

    for path, digest in sorted(statements.files.items()):
        need(listed.get(path) == digest, f"{path} is missing, or not what the entry recorded")
    ssh, services = statements.check(allowed)
    source = "the keys given" if allowed else "the keys that the log itself lists"
    print(f"statements: {ssh} SSH signatures good by {source}, {services} of services by the log's")

    if "--key" in options:
        name, others = check_signature(text, signatures, options["--key"])
        kind = b"application/vnd.deploykit.manifest+json"
        message = b"DSSEv1 %d %s %d " % (len(kind), kind, len(content)) + content
        key = unbase64(options["--key"].split("+", 2)[2])[1:]
        need(ed25519(key, message, read("manifest.sig")), "the signature of the manifest is bad")
        print(f"signature: good, by {name}")
        unchecked += [f"the signature of the checkpoint by {other}" for other in others]
    elif signatures:
        unchecked.append("the signatures of the checkpoint: no --key was given")
    else:
        print("signature: UNSIGNED")
    if ssh and not allowed:
        unchecked.append("whose keys they are: no --allowed-signers from elsewhere was given")
    unchecked.append("report.html, allowed_signers and entries.schema.json, which are derived")
    unchecked += [f"{path}: 'verify_proofs.py' checks it" for path in sorted(listed)
                  if path.startswith("proofs/") or path == "consistency"]
    unchecked.append("whether the checkpoint is the one that others keep: compare it")
    unchecked.append("whether the gates that were passed were open: 'deploykit audit verify' decides")
    unchecked.append("VERIFY.txt, which only explains")
    if "--key" not in options and os.path.exists(os.path.join(folder, "manifest.sig")):
        unchecked.append("manifest.sig: no --key was given")
    known = {"v", "files", "head", "range", "query", "counts"}
    unchecked += [f"{name!r} of manifest.json" for name in sorted(set(manifest) - known)]
    unchecked += [f"{path}: it belongs to no entry"
                  for path in sorted(set(listed) - FILES - set(named) - set(statements.files))
                  if not path.startswith("proofs/") and path != "consistency"]
    for place, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            path = os.path.relpath(os.path.join(place, name), folder)
            if path not in listed and path not in ("manifest.json", "manifest.sha256",
                                                   "manifest.sig"):
                unchecked.append(f"{path}: the manifest does not list it")
    for sentence in unchecked:
        print(f"not checked: {sentence}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Refused as refusal:
        print(f"REFUSED: {refusal}", file=sys.stderr)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError,
            StopIteration) as error:
        print(f"REFUSED: the bundle cannot be read: {error!r}", file=sys.stderr)
    sys.exit(1)
