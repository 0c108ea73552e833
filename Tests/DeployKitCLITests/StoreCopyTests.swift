// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Glibc
import Testing

/// One line of history in the files that `store save` and `store restore` pass on.
@Suite struct StoreCopyTests {
    private static let store = ".deploykit/store.sqlite"

    private func bench() throws -> Bench {
        let bench = try Bench()
        try bench.start()
        return bench
    }

    /// How many entries a command's answer speaks of.
    private func size(_ run: CommandRun) throws -> Int {
        try #require(try run.json()["head"]?["size"]?.integer.map(Int.init), "\(run.errors)")
    }

    @Test func anErrorNamesTheFileThatWasNamed() throws {
        let bench = try bench()
        try bench.makeFolder("folder")
        chmod("\(bench.path)/folder", 0o500)
        defer { chmod("\(bench.path)/folder", 0o700) }
        for path in ["nowhere/x", "folder/x"] {
            let run = try bench.run("store", "save", path)
            if path == "folder/x", geteuid() == 0 { continue }
            #expect(run.code == 3 && run.errors.contains("'\(path)'"), "\(run.errors)")
            #expect(!run.errors.contains(".new"), "\(run.errors)")
        }
    }

    @Test func aRefusedSaveLeavesNothingBehind() throws {
        let bench = try bench()
        try bench.write("no store", to: "other")
        #expect(try bench.run("store", "save", "other").code == 3)
        #expect(try bench.run("store", "save", "saved").code == 0)
        #expect(try bench.read("other") == "no store")
        #expect(try bench.runProgram("/bin/sh", "-c", "test -z \"$(ls | grep new)\"") == 0)
    }

    @Test func aStoreThatContradictsItselfReplacesNoGoodOne() throws {
        let bench = try bench()
        #expect(try bench.run("note", "as it was").code == 0)
        #expect(try bench.run("store", "save", "saved.sqlite").code == 0)
        let saved = try bench.bytes("saved.sqlite")
        var bytes = try bench.bytes(Self.store)
        let text = Array("as it was".utf8)
        for start in bytes.indices.dropLast(text.count)
        where bytes[start..<start + text.count].elementsEqual(text) {
            bytes[start] = UInt8(ascii: "A")
        }
        try bench.write(bytes, to: Self.store)
        let run = try bench.run("store", "save", "saved.sqlite")
        #expect(run.code == 3 && run.errors.contains("contradicts itself"), "\(run.errors)")
        #expect(try bench.bytes("saved.sqlite") == saved)
    }

    /// Invariant: of two that went different ways, one is saved, and the other is told.
    @Test func ofTwoForksOneIsSaved() throws {
        let bench = try bench()
        #expect(try bench.run("store", "save", "left.sqlite").code == 0)
        for round in 0..<6 {
            // A state folder each, as on two machines.
            let sides = ["left", "right"].map { side in
                (
                    store: "\(side).sqlite",
                    state: ["XDG_STATE_HOME": "\(bench.path)/\(side)-\(round)"]
                )
            }
            #expect(try bench.runProgram("/bin/cp", "left.sqlite", "right.sqlite") == 0)
            #expect(try bench.runProgram("/bin/cp", "left.sqlite", "shared.sqlite") == 0)
            for side in sides {
                let note = try bench.run(
                    "note",
                    side.store,
                    "--store",
                    side.store,
                    with: side.state
                )
                #expect(note.code == 0, "\(note.errors)")
            }
            let processes = try sides.map { side in
                let outputs = ["OUT": "\(bench.path)/\(side.store).out", "ERR": "/dev/null"]
                return try bench.begin(
                    words: ["store", "save", "shared.sqlite", "--store", side.store],
                    with: side.state.merging(outputs) { $1 }
                )
            }
            let codes = processes.map { Bench.end(of: $0) }
            #expect(codes.sorted() == [0, 1], "round \(round)")
            let winner = sides[codes[0] == 0 ? 0 : 1].store
            let heads = try [winner, "shared.sqlite"].map { path in
                try bench.run("audit", "checkpoint", "--store", path).output
            }
            #expect(heads[0] == heads[1] && !heads[0].isEmpty, "round \(round)")
            #expect(try bench.runProgram("/bin/mv", "shared.sqlite", "left.sqlite") == 0)
        }
    }

    /// Invariant: what is saved while others append is a part of the log, and the head that is
    /// printed is the one that was saved.
    @Test func whatIsSavedWhileOthersAppendIsWhole() throws {
        let bench = try bench()
        let before = try size(bench.run("audit", "checkpoint", "--json"))
        let script = "for i in $(seq 40); do \"$0\" note $i >/dev/null || exit 1; done"
        let writer = try bench.begin(
            words: [],
            through: ["/bin/sh", "-c", script],
            with: ["OUT": "/dev/null", "ERR": "/dev/null"]
        )
        var sizes: [Int] = []
        while sizes.count < 100 {
            var status: Int32 = 0
            let hasEnded = waitpid(writer, &status, WNOHANG) == writer
            let saved = try bench.run("store", "save", "saved.sqlite", "--json")
            let size = try size(saved)
            sizes.append(size)
            let fresh = ["XDG_STATE_HOME": "\(bench.path)/state-\(sizes.count)"]
            let words = ["audit", "verify", "--json", "--store", "saved.sqlite"]
            let verified = try bench.run(words: words, with: fresh)
            #expect(verified.code == 0, "\(verified.output)")
            #expect(try verified.json()["head"]?["size"]?.integer.map(Int.init) == size)
            if hasEnded {
                #expect(status == 0)
                break
            }
        }
        #expect(sizes == sizes.sorted() && sizes.last == before + 40, "\(sizes)")
    }

    @Test func aStoreThatIsSavedOntoItselfIsLeftAsItIs() throws {
        let bench = try bench()
        #expect(try bench.runProgram("/bin/ln", Self.store, "other-name.sqlite") == 0)
        for path in [Self.store, "other-name.sqlite"] {
            let run = try bench.run("store", "save", path)
            #expect(run.code == 64 && run.errors.contains("is the store itself"), "\(run.errors)")
        }
    }

    /// After a recovery, the saved file holds entries that this store gave up, and the other way
    /// round: each takes one word to give way.
    @Test func aRecoveredStoreIsSavedAndRestoredElsewhereWithOneWordEach() throws {
        let bench = try bench()
        let (file, there) = ("shared.sqlite", "there.sqlite")
        let elsewhere = ["XDG_STATE_HOME": "\(bench.path)/elsewhere", "DEPLOYKIT_STORE": there]
        func refuses(_ run: CommandRun, _ word: String) {
            #expect(run.code == 1 && run.errors.contains(word), "\(run.output)\(run.errors)")
        }
        try #require(bench.runProgram("/bin/cp", Self.store, "older.sqlite") == 0)
        #expect(try bench.run("note", "lost here").code == 0)
        #expect(try bench.run("store", "save", file).code == 0)
        #expect(try bench.run("store", "restore", file, with: elsewhere).code == 0)
        try #require(bench.runProgram("/bin/cp", "older.sqlite", Self.store) == 0)
        refuses(try bench.run("store", "save", file), "audit recover")
        #expect(try bench.run("audit", "recover", "--reason", "the disk failed").code == 0)

        refuses(try bench.run("store", "save", file), "--accept-loss puts this store")
        refuses(try bench.run("store", "restore", file), "is stale")
        #expect(try bench.run("store", "save", file, "--accept-loss").code == 0)
        #expect(try bench.run("store", "save", file).code == 0)

        refuses(try bench.run("store", "save", file, with: elsewhere), "restore --accept-loss")
        refuses(try bench.run("store", "restore", file, with: elsewhere), "--accept-loss takes it")
        let accepted = try bench.run("store", "restore", file, "--accept-loss", with: elsewhere)
        #expect(accepted.code == 0, "\(accepted.errors)")
        for words in [["note", "after"], ["audit", "verify"], ["store", "save", file]] {
            let run = try bench.run(words: words, with: elsewhere)
            #expect(run.code == 0, "\(words): \(run.output)\(run.errors)")
        }
        #expect(try bench.run("store", "restore", file).code == 0)
        let verified = try bench.run("audit", "verify")
        #expect(verified.code == 0 && verified.output.contains("/e2"), "\(verified.output)")
    }

    @Test func whoRecoveredTooEarlyTakesTheWholeFileBack() throws {
        let bench = try bench()
        try #require(bench.runProgram("/bin/cp", Self.store, "older.sqlite") == 0)
        #expect(try bench.run("note", "not lost at all").code == 0)
        #expect(try bench.run("store", "save", "whole.sqlite").code == 0)
        try #require(bench.runProgram("/bin/cp", "older.sqlite", Self.store) == 0)
        #expect(try bench.run("audit", "recover", "--reason", "the disk failed").code == 0)
        #expect(try bench.run("store", "restore", "whole.sqlite").code == 1)
        let taken = try bench.run("store", "restore", "whole.sqlite", "--accept-loss")
        #expect(taken.code == 0, "\(taken.errors)")
        // This machine saw a head under the name that is given up now.
        #expect(try bench.run("note", "on").code == 1)
        let recovered = try bench.run("audit", "recover", "--reason", "the file was whole")
        #expect(recovered.code == 0, "\(recovered.errors)")
        #expect(try bench.run("note", "on").code == 0)
    }
}
