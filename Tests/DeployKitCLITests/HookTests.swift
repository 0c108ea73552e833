// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Glibc
import Testing

/// Hooks through the command, each in a folder and with a state folder of its own.
@Suite struct HookTests {
    private static let canary = "canary-5f0e1d2c3b"

    private func bench(
        hook: String = "{\"name\":\"tell\",\"on\":[\"halted\",\"completed\",\"signed\"],"
            + "\"command\":[\"/bin/sh\",\"tell.sh\"],\"secrets\":[\"CHAT_TOKEN\"]}",
        page: String =
            "# Ferry\n## One\n- [ ] Look\n- [ ] Do <!-- deploykit: kind=command effect=none -->\n  ```\n  test -e fixed\n  ```\n"
    ) throws -> Bench {
        let bench = try Bench()
        try bench.write(
            "{\"deploykit\":1,\"environments\":[{\"name\":\"staging\",\"tier\":\"test\"}],\"hooks\":[\(hook)]}",
            to: "deploykit.json"
        )
        try bench.write("cat >> told; echo \"$CHAT_TOKEN\" >> seen\n", to: "tell.sh")
        try bench.write(page, to: "page.md")
        return bench
    }

    private func text(_ name: String, _ bench: Bench) -> String {
        (try? bench.read(name)) ?? ""
    }

    private let world = ["CHAT_TOKEN": canary]

    private func start(_ bench: Bench) throws {
        let words = ["start", "page.md", "--environment", "staging", "--version", "1"]
        try #require(bench.run(words: words, with: world).code == 0)
    }

    @Test func nothingRunsBecauseAFolderIsThere() throws {
        let bench = try bench()
        try start(bench)
        let done = try bench.run("done", "1.1", with: world)
        #expect(done.code == 0)
        let run = try bench.run("run", with: world)
        #expect(run.code == 1)
        #expect(run.errors.contains("not trusted on this machine"))
        #expect(access("\(bench.path)/told", F_OK) != 0)
        #expect(try bench.run("hook", "list").output.contains("do not run"))
    }

    @Test func aTrustedHookIsToldOnceForEachMoment() throws {
        let bench = try bench()
        #expect(try bench.run("hook", "trust").code == 0)
        try start(bench)
        _ = try bench.run("done", "1.1", with: world)
        #expect(try bench.run("run", with: world).code == 1)
        let told = text("told", bench).split(separator: "\n")
        #expect(told.count == 1)
        let event = try JSONValue(parsing: String(told.first ?? ""), within: .definition)
        #expect(event["on"]?.string == "halted")
        #expect(event["environment"]?.string == "staging")
        #expect(event["event"]?["kind"]?.string == "deployment-halted")
        #expect(text("seen", bench) == "\(Self.canary)\n")
        // Another declaration is not what was trusted.
        let changed = try bench.read("deploykit.json").replacing("tell.sh", with: "evil.sh")
        try bench.write(changed, to: "deploykit.json")
        try bench.write("touch evil\n", to: "evil.sh")
        try bench.write("", to: "fixed")
        _ = try bench.run("reopen", "1.2", with: world)
        #expect(try bench.run("run", with: world).errors.contains("not trusted"))
        #expect(access("\(bench.path)/evil", F_OK) != 0)
    }

    @Test func aDigestInTheEnvironmentIsTrustedWhereNothingIsKept() throws {
        let bench = try bench()
        let listed = try bench.run("hook", "list", "--json")
        let digest = try listed.json()["digest"]?.string ?? ""
        try start(bench)
        var world = world
        world["DEPLOYKIT_TRUSTED_HOOKS"] = digest
        _ = try bench.run("done", "1.1", with: world)
        _ = try bench.run("run", with: world)
        #expect(text("told", bench).contains("\"on\":\"halted\""))
    }

    @Test(arguments: [
        ("echo \"said $CHAT_TOKEN\" >&2; exit 3", "exit 3"), ("sleep 20", "timed out"),
        ("kill -9 $$", "signal 9"),
    ])
    func aFailureIsRecordedAndChangesNothing(_ example: (script: String, word: String)) throws {
        let hook =
            "{\"name\":\"tell\",\"on\":[\"halted\"],\"command\":[\"/bin/sh\",\"tell.sh\"],"
            + "\"secrets\":[\"CHAT_TOKEN\"],\"timeout\":1500}"
        let bench = try bench(hook: hook)
        try bench.write(example.script + "\n", to: "tell.sh")
        _ = try bench.run("hook", "trust")
        try start(bench)
        _ = try bench.run("done", "1.1", with: world)
        let run = try bench.run("run", with: world)
        #expect(run.code == 1, "the code of the run itself")
        #expect(run.errors.contains("the hook 'tell' failed at halted (\(example.word))"))
        #expect(!run.errors.contains(Self.canary))
        #expect(try bench.run("audit", "log").output.contains("hook-failed"))
        let bytes = try bench.bytes(".deploykit/store.sqlite")
        #expect(!bytes.isEmpty)
        #expect(!String(decoding: bytes, as: UTF8.self).contains(Self.canary))
        #expect(try bench.run("status").output.contains("halted"))
    }

    @Test func aPageNamesTheHooksThatItsDeploymentsTell() throws {
        let page = "# Ferry\n<!-- deploykit: hook=other -->\n\n## One\n- [ ] Look\n"
        let bench = try bench(page: page)
        let words = ["start", "page.md", "--environment", "staging", "--version", "1"]
        let start = try bench.run(words: words, with: world)
        #expect(start.code == 64)
        #expect(start.errors.contains("the hook 'other'"))
    }
}

/// Hooks that a part of the page names.
@Suite struct HookScopeTests {
    @Test func aHookOfAnItemIsToldOfItAlone() throws {
        let bench = try Bench()
        func hook(_ name: String) -> String {
            #"{"name":"\#(name)","on":["item.passed","item.failed","completed"],"#
                + #""command":["/bin/sh","tell.sh","\#(name)"]}"#
        }
        try bench.write(
            #"{"deploykit":1,"environments":[{"name":"staging","tier":"test"}],"hooks":["#
                + "\(hook("tell-dba")),\(hook("tell-all"))]}",
            to: "deploykit.json"
        )
        try bench.write("read line; echo \"$1 $line\" >> told\n", to: "tell.sh")
        try bench.write(
            "# Ferry\n## One\n- [ ] Look\n"
                + "- [ ] Migrate <!-- deploykit: kind=command effect=none hook=tell-dba -->\n"
                + "  ```\n  true\n  ```\n",
            to: "page.md"
        )
        let words = ["start", "page.md", "--environment", "staging", "--version", "1"]
        try #require(bench.run(words: words).code == 0)
        #expect(try bench.run("hook", "trust").code == 0)
        #expect(try bench.run("done", "1.1").code == 0)
        #expect(try bench.run("run").code == 0)
        let told = try bench.read("told").split(separator: "\n")
        let points = try told.map { line in
            let parts = line.split(separator: " ", maxSplits: 1)
            let json = try JSONValue(parsing: String(parts[1]), within: .definition)
            return "\(parts[0]) \(json["on"]?.string ?? "")"
        }
        #expect(
            points == [
                "tell-all item.passed", "tell-dba item.passed", "tell-all item.passed",
                "tell-all completed",
            ]
        )
    }

    @Test func aHookThatTheProjectHasNotIsRefusedInAnItemToo() throws {
        let bench = try Bench()
        try bench.write(
            "# Ferry\n## One\n- [ ] Look <!-- deploykit: hook=other -->\n",
            to: "page.md"
        )
        let words = ["start", "page.md", "--environment", "staging", "--version", "1"]
        let start = try bench.run(words: words)
        #expect(start.code == 64)
        #expect(start.errors.contains("the hook 'other'"))
    }
}
