// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Glibc
import Testing

/// An entry that somebody rewrites in the file for the time of a call, and puts back afterwards.
@Suite(.enabled("python3 is not installed") { access("/usr/bin/python3", X_OK) == 0 })
struct RewrittenEntryTests {
    private static let store = ".deploykit/store.sqlite"

    /// Makes a waiver of an item out of a note, with a header and a digest that fit it; the first
    /// argument says whether the leaf is made to fit too.
    private static let script = """
        import hashlib, json, sqlite3, sys
        base = sqlite3.connect(".deploykit/store.sqlite")
        triggers = base.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in triggers: base.execute("DROP TRIGGER " + name)
        place, header, salt, body = [
            row for row in base.execute("SELECT position, header, salt, body FROM entry")
            if json.loads(row[1])["kind"] == "noted"][0]
        canonical = lambda value: json.dumps(
            value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        body = json.loads(body)
        body["reason"] = body.pop("text")
        body["item"] = "backend/dashboards"
        body = canonical(body)
        header = json.loads(header)
        header["kind"] = "item-waived"
        header["bodyDigest"] = hashlib.sha256(salt + body).hexdigest()
        header = canonical(header)
        changed = base.execute(
            "UPDATE entry SET header = ?, body = ? WHERE position = ?", (header, body, place))
        assert changed.rowcount == 1
        if sys.argv[1] == "leaf":
            index, rest = 0, place
            while rest: index, rest = index + rest, rest >> 1
            leaf = hashlib.sha256(b"\\0" + header).digest()
            assert base.execute(
                "UPDATE node SET hash = ? WHERE idx = ?", (leaf, index)).rowcount == 1
        for _, sql in triggers: base.execute(sql)
        base.commit()
        """

    @Test(arguments: ["entry", "leaf"])
    func letsNothingPass(_ part: String) throws {
        let bench = try Bench()
        try bench.start()
        // The notes behind it, so that a kept head is compared with nodes above its leaf.
        for text in ["this is made a waiver", "and this", "stays"] {
            #expect(try bench.run("note", text).code == 0)
        }
        let original = try bench.bytes(Self.store)
        #expect(try bench.run("audit", "verify").code == 0)
        try bench.write(Self.script, to: "rewrite.py")
        #expect(try bench.runProgram("/usr/bin/python3", "rewrite.py", part) == 0)
        let calls = [
            ["gate", "backend"], ["gate", "completion"], ["done", "1.1"], ["run"],
            ["sign", "qa-engineer", "--approve"], ["status"], ["audit", "checkpoint"],
        ]
        for call in calls {
            let run = try bench.run(words: call)
            #expect(run.code == 3, "\(call): \(run.output)\(run.errors)")
            #expect(run.errors.contains("tree"), "\(call): \(run.errors)")
        }
        try bench.write(original, to: Self.store)
        let after = try bench.run("audit", "verify", "--require-anchor")
        #expect(after.code == 0 && after.output.hasPrefix("ANCHORED"), "\(after.output)")
    }
}
