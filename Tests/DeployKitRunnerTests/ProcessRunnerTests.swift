// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner
import Glibc
import Testing

@Suite(.serialized) struct ProcessRunnerTests {
    let runner = ProcessRunner()

    func firstNumber(_ output: CapturedOutput) throws -> Int32 {
        let word = try #require(output.text.split(whereSeparator: \.isWhitespace).first)
        return try #require(Int32(word))
    }

    @Test func exitCodesAndSignalsAreApart() async throws {
        #expect(try await runner.run(script("exit 7")).ending == .exited(7))
        #expect(try await runner.run(script("kill -9 $$")).ending == .signaled(9))
        #expect(try await runner.run(script("exit 137")).ending == .exited(137))
    }

    @Test func streamsAreKeptApart() async throws {
        let outcome = try await runner.run(script("echo one; echo two >&2"))
        #expect(outcome.output.text == "one\n")
        #expect(outcome.error.text == "two\n")
    }

    @Test func aFailingPartOfAPipeFailsTheScript() async throws {
        let outcome = try await runner.run(script("false | true\necho reached"))
        #expect(outcome.ending == .exited(1))
        #expect(outcome.output.count == 0)
    }

    @Test func theEnvironmentIsExactlyTheGivenOne() async throws {
        let outcome = try await runner.run(
            Invocation(
                .executable("/usr/bin/env", arguments: []),
                environment: ["B": "two words", "A": "1"],
                directory: "/tmp"
            )
        )
        #expect(outcome.output.text == "A=1\nB=two words\n")
    }

    @Test func theScriptIsInNoArgumentListAndInNoChild() async throws {
        let outcome = try await runner.run(
            script("tr '\\0' ' ' < /proc/$$/cmdline; echo; ls /proc/self/fd # needle")
        )
        #expect(!outcome.output.text.contains("needle"))
        // 0, 1, 2, and the one by which ls reads the directory.
        #expect(outcome.output.text.split(separator: "\n").dropFirst() == ["0", "1", "2", "3"])
    }

    @Test func standardInputIsTheNullDeviceOrTheGivenBytes() async throws {
        let silent = try await runner.run(script("readlink /proc/self/fd/0; cat | wc -c"))
        #expect(silent.output.text == "/dev/null\n0\n")
        var spoken = script("cat")
        spoken.input = Array("given".utf8)
        #expect(try await runner.run(spoken).output.text == "given")
    }

    @Test func whatCannotStartSaysWhy() async throws {
        let folder = TemporaryDirectory()
        let plain = folder.write("no program", to: "plain", mode: 0o644)
        let orphan = folder.write("#!/no/such/interpreter\n", to: "orphan", mode: 0o755)
        func code(_ path: String, directory: String = "/tmp") async -> RunnerError.Code? {
            do {
                _ = try await runner.run(
                    Invocation(
                        .executable(path, arguments: []),
                        environment: plainEnvironment,
                        directory: directory
                    )
                )
                return nil
            } catch {
                return error.code
            }
        }
        #expect(await code("no-such-program") == .notFound)
        #expect(await code("/no/such/program") == .notFound)
        #expect(await code(orphan) == .notFound)
        #expect(await code(plain) == .notExecutable)
        #expect(await code("true", directory: "/no/such/directory") == .badDirectory)
        #expect(await code("true", directory: plain) == .badDirectory)
        #expect(await code("tr\0ue") == .invalid)
        #expect(await code("true") == nil)
    }

    @Test func aRelativeProgramStartsAtTheDirectory() async throws {
        let folder = TemporaryDirectory()
        _ = folder.write("#!/bin/sh\necho here\n", to: "tool", mode: 0o755)
        let outcome = try await runner.run(
            Invocation(
                .executable("./tool", arguments: []),
                environment: plainEnvironment,
                directory: folder.path
            )
        )
        #expect(outcome.output.text == "here\n")
    }

    @Test func theDeadlineEndsTheTreeThoughItIgnoresTerm() async throws {
        let outcome = try await runner.run(
            script(
                "trap '' TERM; sleep 60 & echo $!; wait",
                timeout: .milliseconds(300),
                grace: .milliseconds(300)
            )
        )
        #expect(outcome.ending == .timedOut)
        #expect(outcome.duration < .seconds(2))
        #expect(!isRunning(try firstNumber(outcome.output)))
        #expect(!isRunning(outcome.processID))
        #expect(!outcome.hasSurvivors)
    }

    @Test func whatLeftTheGroupIsFoundByItsTag() async throws {
        let outcome = try await runner.run(
            script(
                "setsid bash -c 'echo $$; trap \"\" TERM; sleep 60 & wait; sleep 60' & sleep 60",
                timeout: .milliseconds(400),
                grace: .milliseconds(200),
                attempt: "test-escape-\(getpid())"
            )
        )
        #expect(outcome.ending == .timedOut)
        #expect(!isRunning(try firstNumber(outcome.output)))
        #expect(!outcome.hasSurvivors)
    }

    @Test func aCommandMayCleanUpWithinTheGrace() async throws {
        let outcome = try await runner.run(
            script(
                "trap 'echo cleaned; exit 3' TERM; sleep 60 & wait",
                timeout: .milliseconds(300),
                grace: .seconds(3)
            )
        )
        #expect(outcome.ending == .timedOut)
        #expect(outcome.output.text == "cleaned\n")
        #expect(outcome.duration < .seconds(2))
    }

    @Test func aGrandchildThatKeepsThePipeDoesNotHoldTheRun() async throws {
        let outcome = try await runner.run(script("sleep 60 & echo $!"))
        #expect(outcome.ending == .exited(0))
        #expect(outcome.duration < .seconds(2))
        #expect(outcome.hasSurvivors)
        kill(try firstNumber(outcome.output), SIGKILL)
    }

    @Test func survivorsAreEndedWhenAsked() async throws {
        var invocation = script("sleep 60 & echo $!")
        invocation.endsSurvivors = true
        let outcome = try await runner.run(invocation)
        #expect(outcome.ending == .exited(0))
        #expect(!outcome.hasSurvivors)
        #expect(!isRunning(try firstNumber(outcome.output)))
    }

    @Test func cancellingTheTaskEndsTheTree() async throws {
        let process = Locked<Int32>(0)
        let task = Task {
            try await runner.run(
                script("sleep 60 & wait", timeout: nil),
                onStart: { id in process.withLock { $0 = id } },
                onOutput: { _ in }
            )
        }
        while process.withLock({ $0 }) == 0 { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        let outcome = try await task.value
        #expect(outcome.ending == .cancelled)
        #expect(!isRunning(outcome.processID))
    }

    @Test func aFloodIsBoundedAndDigestedWhole() async throws {
        let digesting = ProcessRunner { LaneDigester() }
        var invocation = script("printf start; head -c 3000000 /dev/zero; printf end")
        invocation.outputLimit = 1000
        let outcome = try await digesting.run(invocation)
        #expect(outcome.output.count == 3_000_008)
        #expect(outcome.output.droppedBytes == 2_999_008)
        #expect(outcome.output.head.starts(with: Array("start".utf8)))
        #expect(outcome.output.tail.suffix(3).elementsEqual("end".utf8))
        var expected = LaneDigester()
        expected.update(
            Array("start".utf8) + [UInt8](repeating: 0, count: 3_000_000) + Array("end".utf8)
        )
        #expect(outcome.output.digest == expected.finish())
    }

    @Test func aHundredMegabytesPassInLittleMemory() async throws {
        func peak() -> Int {
            var usage = rusage()
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            return usage.ru_maxrss
        }
        let before = peak()
        let outcome = try await runner.run(
            script("head -c 100000000 /dev/zero & head -c 100000000 /dev/zero >&2; wait")
        )
        #expect(outcome.output.count == 100_000_000)
        #expect(outcome.error.count == 100_000_000)
        #expect(peak() - before < 64 * 1024)
    }

    @Test func bytesThatAreNoTextArriveUnchanged() async throws {
        let outcome = try await runner.run(script("printf '\\xff\\xfe\\x00\\x80'"))
        #expect(outcome.output.head == [0xFF, 0xFE, 0x00, 0x80])
        #expect(outcome.output.text.contains("\u{FFFD}"))
    }

    @Test func secretsAreRedactedBeforeAnyoneSeesThem() async throws {
        let secret = try Secret(name: "TOKEN", bytes: Array("correct-horse".utf8))
        let seen = Locked<[UInt8]>([])
        let outcome = try await runner.run(
            script(
                "printf 'a correct-'; sleep 0.1; printf 'horse b'; printf %s \"$T\" | base64",
                environment: plainEnvironment.merging(["T": "correct-horse"]) { $1 },
                secrets: [secret]
            ),
            onOutput: { chunk in seen.withLock { $0 += chunk.bytes } }
        )
        #expect(outcome.output.text == "a [redacted:TOKEN] b[redacted:TOKEN]\n")
        #expect(seen.withLock { $0 } == outcome.output.head)
    }

    @Test func manyRunsLeaveNoDescriptorAndNoZombie() async throws {
        func descriptors() -> Int {
            guard let directory = opendir("/proc/self/fd") else { return -1 }
            defer { closedir(directory) }
            var count = 0
            while readdir(directory) != nil { count += 1 }
            return count
        }
        _ = try await runner.run(script("true"))
        let before = descriptors()
        try await withThrowingTaskGroup(of: Int32.self) { group in
            for index in 0..<60 {
                group.addTask {
                    let outcome = try await runner.run(script("exit \(index)"))
                    #expect(outcome.ending == .exited(Int32(index)))
                    return outcome.processID
                }
            }
            for try await process in group { #expect(kill(process, 0) == -1) }
        }
        // A thread may still be about to release its event.
        for _ in 0..<100 where descriptors() > before {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(descriptors() <= before)
    }
}
