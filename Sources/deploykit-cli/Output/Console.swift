// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Where the command writes: data on standard output, messages on standard error.
struct Console: Sendable {
    /// Whether standard output is a terminal that wants colour.
    let isColoured: Bool
    /// Whether `--json` is asked for.
    let isJSON: Bool
    /// Whether a person sits at a terminal and can be asked: never in CI, never with `--json`.
    let isInteractive: Bool
    /// How many columns a line may have: those of the terminal, 40 at least and 100 at most; 80
    /// where there is no terminal.
    let width: Int
    /// How many columns the terminals have at which standard output and standard error end; `nil`
    /// where they do not end at one.
    private let outputColumns: Int?
    private let errorColumns: Int?
    // Whether a CI runner reads along, which takes some lines for orders.
    private let isRead: Bool
    // The first reason why data could not be written.
    private let loss = Locked<CInt?>(nil)

    init(isJSON: Bool, environment: [String: String]) {
        self.isJSON = isJSON
        isRead = WorkflowCommands.areRead(environment)
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let isCI = !["", "false", "0"].contains(environment["CI"] ?? "")
        isColoured =
            isTerminal && !isCI && (environment["NO_COLOR"] ?? "").isEmpty
            && environment["TERM"] != "dumb"
        isInteractive = isTerminal && isatty(STDIN_FILENO) == 1 && !isCI && !isJSON
        outputColumns = Self.columns(of: STDOUT_FILENO)
        errorColumns = Self.columns(of: STDERR_FILENO)
        width = min(100, max(40, outputColumns ?? 80))
    }

    private static func columns(of descriptor: CInt) -> Int? {
        guard isatty(descriptor) == 1 else { return nil }
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Why standard output does not hold everything that was written, as on a full disk; `nil` when
    /// it does. A reader that went away wants nothing more, which is no loss.
    var lost: String? { loss.withLock { $0 }.map(World.reason) }

    /// Writes text for people, in which nothing is an order to a CI runner, and whose lines are
    /// broken at spaces where the terminal is narrower.
    func print(_ text: String) {
        print(asIs: Self.broken(harmless(text), to: outputColumns))
    }

    private static func broken(_ text: String, to columns: Int?) -> String {
        columns.map { text.broken(to: $0) } ?? text
    }

    /// Writes data as they are, also what a CI runner takes for an order.
    func print(asIs text: String) {
        keep(Self.write(text, to: STDOUT_FILENO))
    }

    private func keep(_ code: CInt) {
        if code != 0, code != EPIPE { loss.withLock { if $0 == nil { $0 = code } } }
    }

    /// Writes one object as one line of canonical JSON.
    func print(_ json: JSONValue) {
        print(lineOf: json.canonicalBytes)
    }

    /// Writes one object as one line of canonical JSON, piece by piece where nobody reads along.
    func print(_ object: some JSONObjectForm) {
        if isRead { return print(lineOf: object.canonicalText) }
        object.tellCanonicalText { piece in
            keep(piece.withUnsafeBytes { Self.write($0, to: STDOUT_FILENO) })
        }
        print(asIs: "\n")
    }

    /// Writes JSON as one line, in which nothing is an order to a CI runner.
    func print(lineOf json: consuming [UInt8]) {
        var bytes = isRead ? WorkflowCommands.inertJSON(json) : json
        bytes.append(UInt8(ascii: "\n"))
        keep(bytes.withUnsafeBytes { Self.write($0, to: STDOUT_FILENO) })
    }

    /// Writes the object when JSON is asked for, else the text.
    func print(_ json: JSONValue, or text: @autoclosure () throws -> String) rethrows {
        if isJSON {
            print(json)
        } else {
            print(try text())
        }
    }

    /// Writes the object when JSON is asked for, else the text, which is data of another format.
    func print(_ json: JSONValue, orData text: @autoclosure () throws -> String) rethrows {
        if isJSON {
            print(json)
        } else {
            print(asIs: harmless(try text()))
        }
    }

    /// Writes to standard error what is no data.
    func printError(_ text: String) {
        Self.write(text, to: STDERR_FILENO)
    }

    /// Writes a message.
    func note(_ text: String) {
        let line = "deploykit: \(harmless(text))\n"
        Self.write(Self.broken(line, to: errorColumns), to: STDERR_FILENO)
    }

    /// Says why the command ends early.
    func report(_ failure: Failure) {
        if isJSON { print(failure.json) }
        var text = "deploykit: \(failure.message.visible)\n"
        for hint in failure.hints { text += "  \(hint.visible)\n" }
        Self.write(Self.broken(harmless(text), to: errorColumns), to: STDERR_FILENO)
    }

    private func harmless(_ text: String) -> String {
        isRead ? WorkflowCommands.inertLines(text) : text
    }

    // A reader that is gone ends the process by SIGPIPE, as it ends every other filter.
    @discardableResult
    private static func write(_ text: String, to descriptor: CInt) -> CInt {
        var text = text
        return text.withUTF8 { write(UnsafeRawBufferPointer($0), to: descriptor) }
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) -> CInt {
        var rest = bytes
        while !rest.isEmpty {
            #if canImport(Darwin)
                let count = Darwin.write(descriptor, rest.baseAddress, rest.count)
            #else
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            #endif
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return errno }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        return 0
    }
}

/// How a state looks in a terminal: never by colour alone.
enum Style: String, Sendable {
    case good = "32"
    case bad = "31"
    case warning = "33"
    case dim = "2"
    case bold = "1"
}

extension Console {
    /// The text in a style, where colour is wanted.
    func styled(_ text: String, _ style: Style?) -> String {
        guard isColoured, let style else { return text }
        return "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m"
    }
}
