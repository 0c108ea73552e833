// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKitRunner
import Glibc
import Testing

@Suite struct AttemptLockTests {
    @Test func oneHolderAtATime() throws {
        let folder = TemporaryDirectory()
        let path = "\(folder.path)/attempt.lock"
        #expect(try !AttemptLock.isHeld(path: path))
        var lock: AttemptLock? = try AttemptLock(path: path)
        #expect(lock?.path == path)
        #expect(try AttemptLock.isHeld(path: path))
        let error = #expect(throws: RunnerError.self) { try AttemptLock(path: path) }
        #expect(error?.code == .locked)
        lock = nil
        #expect(try !AttemptLock.isHeld(path: path))
        _ = try AttemptLock(path: path)
    }

    @Test func aFileLeftBehindIsNoLock() throws {
        let folder = TemporaryDirectory()
        let path = folder.write("", to: "attempt.lock")
        #expect(try !AttemptLock.isHeld(path: path))
        _ = try AttemptLock(path: path)
    }

    @Test func commandsDoNotInheritTheLock() async throws {
        let folder = TemporaryDirectory()
        let path = "\(folder.path)/attempt.lock"
        var lock: AttemptLock? = try AttemptLock(path: path)
        let outcome = try await ProcessRunner().run(script("sleep 60 & echo $!"))
        #expect(lock != nil)
        lock = nil
        #expect(try !AttemptLock.isHeld(path: path))
        kill(-outcome.processID, SIGKILL)
    }

    @Test func aProcessIsToldFromItsSuccessors() throws {
        let me = try ProcessIdentity.current()
        func variant(host: String? = nil, boot: String? = nil, later: UInt64 = 0) -> ProcessIdentity
        {
            ProcessIdentity(
                host: host ?? me.host,
                bootID: boot ?? me.bootID,
                processID: me.processID,
                startTime: me.startTime + later
            )
        }
        #expect(me.processID == getpid())
        #expect(try variant().isAlive() == true)
        #expect(try variant(later: 1).isAlive() == false)
        #expect(try variant(boot: "another").isAlive() == false)
        #expect(try variant(host: "another").isAlive() == nil)
    }
}
