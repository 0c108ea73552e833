// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Files that the command makes.
enum OutputFile {
    /// Makes a file that does not exist yet.
    ///
    /// - Throws: `UsageError` when something stands there; `InputError` when it cannot be written.
    static func create(_ path: String, _ text: String) throws {
        try create(path, Array(text.utf8))
    }

    /// Makes a file of bytes that does not exist yet.
    ///
    /// - Throws: `UsageError` when something stands there; `InputError` when it cannot be written.
    static func create(_ path: String, _ bytes: [UInt8]) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        if descriptor < 0, errno == EEXIST {
            throw UsageError("'\(path)' exists already; it is left as it is")
        }
        guard descriptor >= 0 else {
            throw InputError(.unreadable, "'\(path)' cannot be made: \(World.reason(errno))")
        }
        try fill(descriptor, bytes, path)
    }

    /// Whether a file is there.
    ///
    /// - Throws: `InputError` when something else stands there, such as a folder or a device.
    static func isRegular(_ path: String) throws(InputError) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { return false }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw InputError(.unreadable, "'\(path)' is no regular file")
        }
        return true
    }

    /// Puts a file in the place of the one that is there, in one step: whoever looks sees the old
    /// one or the new one. The new one has the mode of the old one.
    ///
    /// - Throws: `InputError` when it cannot be written; the old one is as it was then.
    static func replace(_ path: String, _ bytes: [UInt8]) throws {
        var status = stat()
        let mode = try isRegular(path) && stat(path, &status) == 0 ? status.st_mode & 0o777 : 0o644
        var template = Array("\(path).XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else {
            throw InputError(.unreadable, "'\(path)' cannot be written: \(World.reason(errno))")
        }
        let temporary = String(
            decoding: template.dropLast().map(UInt8.init(bitPattern:)),
            as: UTF8.self
        )
        fchmod(descriptor, mode)
        try fill(descriptor, bytes, temporary)
        guard rename(temporary, path) == 0 else {
            let reason = World.reason(errno)
            unlink(temporary)
            throw InputError(.unreadable, "'\(path)' cannot be replaced: \(reason)")
        }
    }

    // Writes everything and closes; a file that is not whole is taken away.
    private static func fill(_ descriptor: CInt, _ bytes: [UInt8], _ path: String) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let reason = World.reason(errno)
                _ = close(descriptor)
                unlink(path)
                throw InputError(.unreadable, "'\(path)' cannot be written: \(reason)")
            }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0, close(descriptor) == 0 else {
            let reason = World.reason(errno)
            unlink(path)
            throw InputError(.unreadable, "'\(path)' cannot be written: \(reason)")
        }
    }
}
