// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    #if canImport(Darwin)
        import Darwin
    #else
        import Glibc
    #endif

    /// Wakes a thread that waits for a server, when the task that it works for is cancelled.
    final class Interrupt: Sendable {
        /// Becomes readable; `poll` waits for it along with the server's socket.
        let descriptor: Int32
        private let writing: Int32

        /// `nil` when the process has no descriptors left.
        init?() {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { return nil }
            (descriptor, writing) = (ends[0], ends[1])
            for end in ends {
                _ = fcntl(end, F_SETFL, O_NONBLOCK)
                _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            }
        }

        deinit {
            close(descriptor)
            close(writing)
        }

        /// Wakes who waits now or next.
        func fire() {
            var byte: UInt8 = 1
            // A pipe that is full wakes just as well.
            _ = write(writing, &byte, 1)
        }

        /// Waits, unless it was fired.
        func sleep(milliseconds: Int32) {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            _ = poll(&waiting, 1, milliseconds)
        }

        /// Forgets what came before.
        func clear() {
            var bytes = [UInt8](repeating: 0, count: 64)
            while read(descriptor, &bytes, bytes.count) > 0 {}
        }
    }
#endif
