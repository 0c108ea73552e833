// DeployKit
// SPDX-License-Identifier: Apache-2.0

import CRunnerShims
import DeployKit
import Glibc

/// A named value that must never be seen; printing or reflecting it shows the name alone.
public struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The fewest bytes that can be told from ordinary output.
    public static let minimumLength = 8

    /// What the value is called; it stands in the marker.
    public let name: String
    /// The value itself.
    public let bytes: [UInt8]

    /// Takes a value.
    ///
    /// - Throws: ``RunnerError``: `secretTooShort` when `bytes` has fewer than
    ///   ``minimumLength``; `invalid` when the name has characters other than letters, digits, `_`,
    ///   `-` and `.`.
    public init(name: String, bytes: [UInt8]) throws(RunnerError) {
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: "-"),
                UInt8(ascii: "."):
                true
            default: false
            }
        }
        guard isPlain, !name.isEmpty else {
            throw RunnerError(
                .invalid,
                "the secret name '\(VisibleText.render(name))' may hold letters, digits, '_', '-' "
                    + "and '.' only"
            )
        }
        guard bytes.count >= Self.minimumLength else {
            throw RunnerError(
                .secretTooShort,
                "the secret '\(name)' has fewer than \(Self.minimumLength) bytes: hiding it would "
                    + "blank ordinary output, showing it would leak it"
            )
        }
        self.name = name
        self.bytes = bytes
    }

    /// The marker that stands for the value.
    public var description: String { "[redacted:\(name)]" }
    /// The marker that stands for the value.
    public var debugDescription: String { description }
    /// The name alone.
    public var customMirror: Mirror { Mirror(self, children: ["name": name]) }
}

/// Where a secret comes from; the value is read when it is needed and kept nowhere.
public enum SecretSource: Hashable, Sendable {
    /// An environment variable.
    case environment(String)
    /// A file; one line feed at its end is not part of the value.
    case file(String)

    /// The largest file that is read, in bytes.
    public static let largestFile = 65_536

    /// Reads the value.
    ///
    /// - Parameters:
    ///   - name: What the secret is called.
    ///   - environment: The variables to look in.
    /// - Returns: The secret.
    /// - Throws: ``RunnerError``: `secretUnavailable` when the variable is unset, or the file is
    ///   absent, no regular file, readable or writable by everyone, or too large; otherwise as
    ///   ``Secret/init(name:bytes:)``.
    public func secret(
        named name: String,
        environment: [String: String]
    ) throws(RunnerError) -> Secret {
        switch self {
        case .environment(let variable):
            guard let value = environment[variable] else {
                throw RunnerError(
                    .secretUnavailable,
                    "the secret '\(name)' needs the environment variable '\(variable)'"
                )
            }
            return try Secret(name: name, bytes: Array(value.utf8))
        case .file(let path):
            return try Secret(name: name, bytes: Self.read(path, name: name))
        }
    }

    private static func read(_ path: String, name: String) throws(RunnerError) -> [UInt8] {
        func refusal(_ reason: String) -> RunnerError {
            RunnerError(.secretUnavailable, "the file '\(path)' of the secret '\(name)' \(reason)")
        }
        // Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
        let descriptor = dk_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0)
        guard descriptor >= 0 else {
            throw refusal("cannot be read: \(String(cString: strerror(-descriptor)))")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw refusal("is no regular file")
        }
        guard status.st_mode & (S_IROTH | S_IWOTH) == 0 else {
            throw refusal("is open to everyone; take the permission away with chmod o-rw")
        }
        guard var bytes = readWhole(descriptor: descriptor, limit: largestFile) else {
            throw refusal("cannot be read, or has more than \(largestFile) bytes")
        }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        return bytes
    }
}
