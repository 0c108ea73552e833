// DeployKit
// SPDX-License-Identifier: Apache-2.0

import CRunnerShims
import Glibc

/// The lock that a runner holds while an attempt is under way.
///
/// The kernel lets go of it when the process ends, however it ends, so on the same host a lost
/// attempt is known at once: its lock can be taken. Commands do not inherit it.
public final class AttemptLock: Sendable {
    /// Where the lock file is.
    public let path: String
    private let descriptor: Int32

    /// Takes the lock without waiting; the file is made with mode 0600 when it is absent.
    ///
    /// - Throws: ``RunnerError``: `locked` when another holds it; `system` when the file cannot be
    ///   made or locked, or is a symbolic link.
    public init(path: String) throws(RunnerError) {
        self.path = path
        var taken: Int32 = -1
        while taken < 0 {
            let opened = dk_open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600)
            guard opened >= 0 else { throw .system("open the lock '\(path)'", -opened) }
            let code = dk_lock(opened)
            guard code == 0 else {
                close(opened)
                if code == EWOULDBLOCK {
                    throw RunnerError(.locked, "another process holds the lock '\(path)'")
                }
                throw .system("lock '\(path)'", code)
            }
            // Its last holder may have removed the file between opening and locking.
            var (mine, current) = (stat(), stat())
            if fstat(opened, &mine) == 0, lstat(path, &current) == 0,
                mine.st_ino == current.st_ino, mine.st_dev == current.st_dev
            {
                taken = opened
            } else {
                close(opened)
            }
        }
        descriptor = taken
    }

    /// Removes the file and lets go of the lock.
    deinit {
        unlink(path)
        close(descriptor)
    }

    /// Whether someone holds the lock at `path`; an absent file is held by nobody.
    ///
    /// - Throws: ``RunnerError``, code `system`, when the file cannot be opened or asked.
    public static func isHeld(path: String) throws(RunnerError) -> Bool {
        let opened = dk_open(path, O_RDONLY | O_NOFOLLOW, 0)
        if opened == -ENOENT { return false }
        guard opened >= 0 else { throw .system("open the lock '\(path)'", -opened) }
        defer { close(opened) }
        switch dk_lock(opened) {
        case 0: return false
        case EWOULDBLOCK: return true
        case let code: throw .system("ask the lock '\(path)'", code)
        }
    }
}
