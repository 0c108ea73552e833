// DeployKit
// SPDX-License-Identifier: Apache-2.0

import CRunnerShims
import DeployKit
import Glibc

/// Whether something accepts TCP connections at a host and port; nothing is sent.
public struct TCPProbe: Hashable, Sendable {
    /// The host's name or address.
    public var host: String
    /// The port, 1 to 65535.
    public var port: UInt16
    /// How long finding the address and connecting may take together.
    public var timeout: Duration
    /// How often it is tried.
    public var retry: ProbeRetry

    /// A probe of these parts.
    public init(
        host: String,
        port: UInt16,
        timeout: Duration = .seconds(5),
        retry: ProbeRetry = .never
    ) {
        self.host = host
        self.port = port
        self.timeout = timeout
        self.retry = retry
    }

    /// Connects, and again as ``retry`` says. The outcome is never `failed`.
    ///
    /// - Throws: ``RunnerError``: `invalid` for a host with a NUL byte; `system` when no thread
    ///   could be started.
    public func run() async throws(RunnerError) -> ProbeReport {
        guard !host.utf8.contains(0), !host.isEmpty else {
            throw RunnerError(.invalid, "the probe's host is empty or holds a NUL byte")
        }
        return try await retry.report(each: timeout) { limit async throws(RunnerError) in
            var probe = self
            probe.timeout = limit
            return try await probe.connectOnce()
        }
    }

    // The system's resolver cannot be interrupted, so the thread that asks it is left behind when
    // the time is up: whoever comes first answers.
    private func connectOnce() async throws(RunnerError) -> ProbeOutcome {
        typealias Answer = Result<ProbeOutcome, RunnerError>
        let first = FirstAnswer<Answer>()
        let probe = self
        let timer = Task {
            do {
                try await Task.sleep(for: probe.timeout)
                first.give(.success(.transportError(.timedOut)))
            } catch {
                // Cancelled: the answer is there already.
            }
        }
        defer { timer.cancel() }
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                first.wait(continuation)
                let refused = startThread { first.give(.success(probe.connectNow())) }
                if refused != 0 { first.give(.failure(.system("start a thread", refused))) }
            }
        } onCancel: {
            first.give(.success(.transportError(.cancelled)))
        }
        return try answer.get()
    }

    private func connectNow() -> ProbeOutcome {
        let start = ContinuousClock.now
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0 else {
            return .transportError(.unresolved)
        }
        defer { freeaddrinfo(list) }
        var last = ProbeOutcome.TransportError.unreachable
        var next = list
        while let address = next?.pointee {
            next = address.ai_next
            let type = address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
            let descriptor = socket(address.ai_family, type, address.ai_protocol)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            if connect(descriptor, address.ai_addr, address.ai_addrlen) != 0 {
                guard errno == EINPROGRESS else { continue }
                let rest = timeout - start.duration(to: .now)
                let milliseconds = Int32(clamping: max(0, rest.wholeMilliseconds))
                var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                guard poll(&request, 1, milliseconds) > 0 else {
                    last = .timedOut
                    continue
                }
                var code: Int32 = 0
                var size = socklen_t(MemoryLayout<Int32>.size)
                guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0, code == 0
                else { continue }
            }
            return .passed(start.duration(to: .now))
        }
        return .transportError(last)
    }
}

/// Resumes a continuation with the first of several answers, whether it comes before or after the
/// waiting begins.
private final class FirstAnswer<Answer: Sendable>: Sendable {
    private enum State {
        case idle
        case waiting(CheckedContinuation<Answer, Never>)
        case early(Answer)
        case done
    }

    private let state = Locked(State.idle)

    func wait(_ continuation: CheckedContinuation<Answer, Never>) {
        let early: Answer? = state.withLock { state in
            if case .early(let answer) = state {
                state = .done
                return answer
            }
            state = .waiting(continuation)
            return nil
        }
        if let early { continuation.resume(returning: early) }
    }

    func give(_ answer: Answer) {
        let waiting: CheckedContinuation<Answer, Never>? = state.withLock { state in
            switch state {
            case .idle:
                state = .early(answer)
                return nil
            case .waiting(let continuation):
                state = .done
                return continuation
            case .early, .done: return nil
            }
        }
        waiting?.resume(returning: answer)
    }
}
