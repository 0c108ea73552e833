// DeployKit
// SPDX-License-Identifier: Apache-2.0

import CRunnerShims
import Glibc

/// Small files that must survive: keys and notes, readable by their owner alone.
package enum KeptFile {
    /// The bytes of the file, or `nil` when there is none.
    ///
    /// - Throws: ``KeepingError``: `unsafe` for a link, a file of another user and one that others
    ///   may read or write; `unavailable`.
    package static func read(_ path: String, limit: Int = 1 << 20) throws(KeepingError) -> [UInt8]?
    {
        let descriptor = dk_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0)
        if descriptor == -ENOENT { return nil }
        if descriptor == -ELOOP {
            throw KeepingError(.unsafe, "'\(path)' is a symbolic link; it is not used")
        }
        guard descriptor >= 0 else { throw failure("read", path, -descriptor) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("read", path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw KeepingError(.unsafe, "'\(path)' is no regular file; it is not used")
        }
        guard status.st_uid == geteuid() else {
            throw KeepingError(
                .unsafe,
                "'\(path)' belongs to user \(status.st_uid), and you are \(geteuid())"
            )
        }
        guard status.st_mode & 0o077 == 0 else {
            throw KeepingError(
                .unsafe,
                "others may use '\(path)' (mode \(String(status.st_mode & 0o777, radix: 8))); "
                    + "'chmod 600' closes it"
            )
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", path, errno) }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= limit else {
                throw KeepingError(.unavailable, "'\(path)' has more than \(limit) bytes")
            }
        }
    }

    /// Writes the file, whole or not at all, with mode 0600; it is on the disk when this returns.
    ///
    /// - Parameters:
    ///   - bytes: The content.
    ///   - path: The file; its folder is made where it is missing.
    ///   - isReplacing: Whether a file that is there gives way.
    /// - Returns: `false` when a file is there that does not give way.
    /// - Throws: ``KeepingError``, code `unavailable`.
    @discardableResult
    package static func write(
        _ bytes: [UInt8],
        to path: String,
        isReplacing: Bool
    ) throws(KeepingError) -> Bool {
        let folder = try makeFolder(of: path)
        var template = Array((path + ".XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)  // makes it with mode 0600
        guard descriptor >= 0 else { throw failure("make", path, errno) }
        let temporary = String(
            decoding: template.dropLast().map(UInt8.init(bitPattern:)),
            as: UTF8.self
        )
        defer { unlink(temporary) }
        var code = fill(descriptor, bytes)
        if code == 0, fsync(descriptor) != 0 { code = errno }
        if close(descriptor) != 0, code == 0 { code = errno }
        guard code == 0 else { throw failure("write", path, code) }
        guard isReplacing else {
            return try link(temporary, as: path)
        }
        guard rename(temporary, path) == 0 else { throw failure("write", path, errno) }
        try sync(folder)
        return true
    }

    /// Gives the file at `source` the name `target`, whose file gives way, for good.
    ///
    /// - Throws: ``KeepingError``, code `unavailable`.
    package static func replace(_ target: String, with source: String) throws(KeepingError) {
        guard rename(source, target) == 0 else { throw failure("replace", target, errno) }
        try sync(parent(target))
    }

    /// Gives the file at `source` the name `target` as well, for good, unless something has it.
    ///
    /// - Returns: Whether the name was free.
    /// - Throws: ``KeepingError``, code `unavailable`.
    package static func link(_ source: String, as target: String) throws(KeepingError) -> Bool {
        if Glibc.link(source, target) != 0 {
            guard errno == EEXIST else { throw failure("make", target, errno) }
            return false
        }
        try sync(parent(target))
        return true
    }

    /// A text as the name of one file: bytes other than letters, digits, `.`, `_` and `-` are
    /// written as `%` and two hexadecimal digits, and so is a dot at the start.
    package static func name(for text: String) -> String {
        var name = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                name.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: ".") where !name.isEmpty: name += "."
            default: name += (byte < 16 ? "%0" : "%") + String(byte, radix: 16)
            }
        }
        return name
    }

    /// Makes the folder of `path`, and those above it, with mode 0700 where they are missing.
    @discardableResult
    package static func makeFolder(of path: String) throws(KeepingError) -> String {
        let folder = parent(path)
        var status = stat()
        if stat(folder, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFDIR else {
                throw KeepingError(.unavailable, "'\(folder)' is no folder")
            }
            return folder
        }
        guard errno == ENOENT else { throw failure("use", folder, errno) }
        try makeFolder(of: folder)
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw failure("make", folder, errno)
        }
        try sync(parent(folder))
        return folder
    }

    private static func parent(_ path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.utf8.startIndex ? "/" : String(path[..<slash])
    }

    private static func fill(_ descriptor: Int32, _ bytes: [UInt8]) -> Int32 {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return errno }
            rest = rest.dropFirst(count)
        }
        return 0
    }

    private static func sync(_ folder: String) throws(KeepingError) {
        let descriptor = dk_open(folder, O_RDONLY, 0)
        guard descriptor >= 0 else { throw failure("write", folder, -descriptor) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("write", folder, errno) }
    }

    static func failure(_ action: String, _ path: String, _ code: Int32) -> KeepingError {
        KeepingError(
            .unavailable,
            "could not \(action) '\(path)': \(String(cString: strerror(code)))"
        )
    }
}
