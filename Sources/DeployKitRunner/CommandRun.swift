// DeployKit
// SPDX-License-Identifier: Apache-2.0

import CRunnerShims
import Glibc

/// One run of one command, on the thread that waits for it.
struct CommandRun {
    /// How long output is read after the command has exited.
    private static let drain = Duration.milliseconds(200)
    /// How long a killed command may take to disappear before the run is given back without it.
    private static let patience = Duration.seconds(2)
    /// How often the process table is read while something is being ended.
    private static let sweepInterval = Duration.milliseconds(20)

    private struct Pipe {
        let stream: OutputChunk.Stream
        var descriptor: Int32
        var keeper: OutputKeeper
    }

    private let launch: Launch
    private let invocation: Invocation
    private let interrupt: Interrupt
    private let clock = ContinuousClock()
    private var pipes: [Pipe] = []
    private var buffer: [UInt8] = []
    private var lateProcess: Int32?

    private let redactor: Redactor
    private let makeDigester: (@Sendable () -> any ByteDigester)?

    init(
        launch: Launch,
        invocation: Invocation,
        interrupt: Interrupt,
        makeDigester: (@Sendable () -> any ByteDigester)?
    ) {
        self.launch = launch
        self.invocation = invocation
        self.interrupt = interrupt
        self.makeDigester = makeDigester
        redactor = Redactor(invocation.secrets)
    }

    /// Runs the command to its end.
    mutating func run(
        onStart: (Int32) -> Void,
        onOutput: (OutputChunk) -> Void
    ) throws(RunnerError) -> CommandOutcome {
        buffer = [UInt8](repeating: 0, count: 65_536)
        defer { closePipes() }
        let start = clock.now
        let process = try spawn()
        let pidfd = dk_pidfd_open(process)
        defer { if pidfd >= 0 { close(pidfd) } }
        guard pidfd >= 0 else {
            kill(-process, SIGKILL)
            _ = dk_reap(process)
            throw .system("watch the process", -pidfd)
        }
        onStart(process)

        let tree = ProcessTree(group: process, attempt: invocation.attempt)
        let deadline = invocation.timeout.map { start + $0 }
        var cause: CommandOutcome.Ending?
        var killAt: ContinuousClock.Instant?
        var giveUpAt: ContinuousClock.Instant?
        var drainUntil: ContinuousClock.Instant?
        var end: (ending: CommandOutcome.Ending, at: ContinuousClock.Instant)?

        loop: while true {
            let now = clock.now
            if end == nil, let ending = Self.peek(process) {
                end = (ending, now)
                if cause == nil, invocation.endsSurvivors {
                    tree.signal(SIGTERM)
                    killAt = now + invocation.grace
                }
                drainUntil = now + Self.drain
            }
            if end == nil, cause == nil {
                let isCancelled = poll(interrupt.descriptor)
                if isCancelled || deadline.map({ now >= $0 }) == true {
                    cause = isCancelled ? .cancelled : .timedOut
                    tree.signal(SIGTERM)
                    killAt = now + invocation.grace
                }
            }
            if let moment = killAt, now >= moment {
                tree.signal(SIGKILL)
                killAt = nil
                giveUpAt = now + Self.patience
            }
            // Whatever is being ended may have outlived the leader: wait for it as well.
            let isEnding = killAt != nil || giveUpAt != nil
            if end != nil, isEnding {
                if tree.members().isEmpty {
                    (killAt, giveUpAt) = (nil, nil)
                    drainUntil = now + Self.drain
                } else if let moment = giveUpAt, now < moment {
                    tree.signal(SIGKILL)
                }
            }
            if let moment = giveUpAt, now >= moment { break loop }
            if end != nil, killAt == nil, giveUpAt == nil {
                if pipes.allSatisfy({ $0.descriptor < 0 }) { break loop }
                if let moment = drainUntil, now >= moment { break loop }
            }

            var wake = [deadline, killAt, giveUpAt, drainUntil].compactMap { $0 }.filter {
                $0 > now
            }
            if cause != nil || end != nil { wake.removeAll { $0 == deadline } }
            if end != nil, killAt != nil || giveUpAt != nil {
                wake.append(now + Self.sweepInterval)
            }
            waitAndRead(
                pidfd: end == nil ? pidfd : -1,
                watchesInterrupt: cause == nil && end == nil,
                until: wake.min(),
                onOutput: onOutput
            )
        }

        for index in pipes.indices {
            let rest = pipes[index].keeper.end()
            if !rest.isEmpty { onOutput(OutputChunk(stream: pipes[index].stream, bytes: rest)) }
        }
        let hasSurvivors = !(end != nil && tree.isLeaderTheLast) && !tree.members().isEmpty
        if end == nil { lateProcess = process } else { _ = dk_reap(process) }
        return CommandOutcome(
            ending: cause ?? end?.ending ?? .timedOut,
            output: pipes[0].keeper.captured,
            error: pipes[1].keeper.captured,
            duration: (end?.at ?? clock.now) - start,
            processID: process,
            hasSurvivors: hasSurvivors
        )
    }

    /// Waits for a process that even SIGKILL could not end in time (it hangs in the kernel), so
    /// that no zombie stays.
    func reapLate() {
        if let lateProcess { _ = dk_reap(lateProcess) }
    }

    private mutating func spawn() throws(RunnerError) -> Int32 {
        var opened: [Int32] = []
        defer { for descriptor in opened { close(descriptor) } }
        func keep(_ descriptor: Int32, _ action: String) throws(RunnerError) -> Int32 {
            guard descriptor >= 0 else { throw .system(action, -descriptor) }
            opened.append(descriptor)
            return descriptor
        }
        let input =
            if let bytes = invocation.input {
                try keep(dk_memory_file(bytes, bytes.count), "hand over the input")
            } else {
                try keep(dk_open_null(), "open the null device")
            }
        let script =
            if let text = launch.script {
                try keep(dk_memory_file(text, text.count), "hand over the script")
            } else {
                Int32(-1)
            }
        var writeEnds: [Int32] = []
        for stream in [OutputChunk.Stream.output, .error] {
            var (readEnd, writeEnd): (Int32, Int32) = (-1, -1)
            let code = dk_pipe(&readEnd, &writeEnd)
            guard code == 0 else { throw .system("make a pipe", code) }
            opened.append(writeEnd)
            writeEnds.append(writeEnd)
            let keeper = OutputKeeper(
                redactor: redactor,
                sieve: invocation.siftsOutput ? SecretSieve() : nil,
                limit: invocation.outputLimit,
                digester: makeDigester?()
            )
            pipes.append(Pipe(stream: stream, descriptor: readEnd, keeper: keeper))
            let refused = dk_set_nonblocking(readEnd, 1)
            guard refused == 0 else { throw .system("set up a pipe", refused) }
        }
        return try launch.spawn(
            input: input,
            output: writeEnds[0],
            error: writeEnds[1],
            extra: script
        )
    }

    private static func peek(_ process: Int32) -> CommandOutcome.Ending? {
        var (isSignal, value): (Int32, Int32) = (0, 0)
        guard dk_peek_exit(process, &isSignal, &value) == 1 else { return nil }
        return isSignal != 0 ? .signaled(value) : .exited(value)
    }

    private func poll(_ descriptor: Int32) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return Glibc.poll(&request, 1, 0) > 0
    }

    private mutating func waitAndRead(
        pidfd: Int32,
        watchesInterrupt: Bool,
        until moment: ContinuousClock.Instant?,
        onOutput: (OutputChunk) -> Void
    ) {
        // poll(2) skips descriptors below zero.
        let watched =
            pipes.map(\.descriptor) + [pidfd, watchesInterrupt ? interrupt.descriptor : -1]
        var requests = watched.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var milliseconds: Int32 = -1
        if let moment {
            let rest = (moment - clock.now) / .milliseconds(1)
            milliseconds = Int32(max(0, min(rest.rounded(.up), 3_600_000)))
        }
        guard Glibc.poll(&requests, UInt(requests.count), milliseconds) > 0 else { return }
        for index in pipes.indices where requests[index].revents != 0 {
            let count = read(pipes[index].descriptor, &buffer, buffer.count)
            if count > 0 {
                let bytes = pipes[index].keeper.take(Array(buffer[..<count]))
                if !bytes.isEmpty {
                    onOutput(OutputChunk(stream: pipes[index].stream, bytes: bytes))
                }
                if invocation.closesAtLimit, pipes[index].keeper.hasDropped {
                    close(pipes[index].descriptor)
                    pipes[index].descriptor = -1
                }
            } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                close(pipes[index].descriptor)
                pipes[index].descriptor = -1
            }
        }
    }

    private mutating func closePipes() {
        for index in pipes.indices where pipes[index].descriptor >= 0 {
            close(pipes[index].descriptor)
            pipes[index].descriptor = -1
        }
    }
}
