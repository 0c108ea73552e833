// DeployKit
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import DeployKitRunner

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// SIGINT, SIGTERM and SIGHUP as a wish to stop, for as long as the value lives. A reader of the
/// output that goes away (SIGPIPE) stops nothing: what is under way is still recorded.
final class Signals {
    private let sources: [any DispatchSourceSignal]
    private let first = Locked<Int32?>(nil)

    /// - Parameter stop: Called at each of the signals, on a thread of its own.
    init(stop: @escaping @Sendable () -> Void) {
        let first = first
        signal(SIGPIPE, SIG_IGN)
        sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { @Sendable in
                first.withLock { if $0 == nil { $0 = number } }
                stop()
            }
            source.resume()
            return source
        }
    }

    // Whoever is asked a question may end the command as any other.
    deinit {
        for source in sources { source.cancel() }
        for number in [SIGINT, SIGTERM, SIGHUP] { signal(number, SIG_DFL) }
    }

    /// The exit code of the first signal that came, or `nil` when none did.
    var received: ExitCode? {
        switch first.withLock({ $0 }) {
        case SIGINT?: .interrupted
        case nil: nil
        default: .terminated
        }
    }
}
