// DeployKit
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A value that one thread at a time may touch.
///
/// Built over a mutex on the heap because the thread sanitizer understands that one, and reports
/// races on correct programs for `Synchronization.Mutex` on Linux.
package final class Locked<Value>: @unchecked Sendable {
    // Safe: `value` is reached only between lock and unlock, and `mutex` never moves.
    private var value: Value
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    /// Guards `value`.
    package init(_ value: sending Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deinitialize(count: 1)
        mutex.deallocate()
    }

    /// Runs `body` while no other thread can touch the value; `body` must not wait.
    package func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}
