// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What stands at a store's path, looked at before SQLite is asked.
struct StoreFile {
    enum Kind { case absent, empty, file }

    /// The path as the caller spelt it, for messages.
    let path: String
    /// The absolute path with the links of its folders resolved.
    ///
    /// The last component is not: SQLite refuses any link on its way, and a store that is a link
    /// would keep its journal beside the link, where another program does not look for it.
    let resolved: String
    let kind: Kind

    /// - Parameters:
    ///   - location: Where the store is.
    ///   - name: What messages call it; the location, where nothing else is given.
    /// - Throws: `AuditStoreError` where no store can be: a missing folder, a folder, a link.
    init(_ location: String, named name: String? = nil) throws(AuditStoreError) {
        let path = name ?? location
        guard !location.isEmpty, !location.utf8.contains(0) else {
            throw AuditStoreError(.unavailable, "'\(path)' is no path: it is empty, or holds a NUL")
        }
        self.path = path
        let (folder, file) = Self.split(location)
        guard let real = realpath(folder, nil) else {
            let reason = errno == ENOENT ? "does not exist" : Self.reason(errno)
            throw AuditStoreError(.unavailable, "the folder of '\(path)' \(reason)")
        }
        defer { free(real) }
        let base = String(cString: real)
        resolved = base == "/" ? "/" + file : base + "/" + file
        var status = stat()
        guard lstat(resolved, &status) == 0 else {
            guard errno == ENOENT else {
                throw AuditStoreError(.unavailable, "'\(path)' \(Self.reason(errno))")
            }
            kind = .absent
            return
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = status.st_size == 0 ? .empty : .file
        case S_IFDIR: throw AuditStoreError(.notAStore, "'\(path)' is a folder, not a store")
        case S_IFLNK:
            throw AuditStoreError(
                .notAStore,
                "'\(path)' is a symbolic link; name the store itself"
            )
        default: throw AuditStoreError(.notAStore, "'\(path)' is no regular file")
        }
        for suffix in ["-journal", "-wal", "-shm"] {
            // SQLite would wait for ever to read a pipe.
            guard lstat(resolved + suffix, &status) != 0 || status.st_mode & S_IFMT == S_IFREG
            else {
                throw AuditStoreError(
                    .notAStore,
                    "'\(path)\(suffix)', beside the store '\(path)', is no regular file"
                )
            }
        }
    }

    /// Whether a file of this name with `suffix` stands beside the store.
    func hasCompanion(_ suffix: String) -> Bool {
        var status = stat()
        return lstat(resolved + suffix, &status) == 0
    }

    /// Makes the file, whole or not at all, with mode 0600.
    ///
    /// `fill` writes into a temporary file that then takes the name, so that nobody ever opens
    /// half a store and an emptied store is never taken for a new one.
    ///
    /// - Returns: Whether the name was still free.
    func create(
        _ fill: (_ temporary: String) throws(AuditStoreError) -> Void
    ) throws(AuditStoreError) -> Bool {
        var template = Array((resolved + ".XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)  // makes it with mode 0600
        guard descriptor >= 0 else { throw creationFailure() }
        _ = close(descriptor)
        let temporary = String(
            decoding: template.dropLast().map(UInt8.init(bitPattern:)),
            as: UTF8.self
        )
        defer {
            unlink(temporary)
            unlink(temporary + "-journal")
        }
        try fill(temporary)
        if link(temporary, resolved) != 0 {
            guard errno == EEXIST else { throw creationFailure() }
            return false
        }
        try syncFolder()
        return true
    }

    /// Makes the new name in the folder last.
    private func syncFolder() throws(AuditStoreError) {
        let descriptor = open(Self.split(resolved).folder, O_RDONLY)
        guard descriptor >= 0 else { throw creationFailure() }
        defer { _ = close(descriptor) }
        guard fsync(descriptor) == 0 else { throw creationFailure() }
    }

    private func creationFailure() -> AuditStoreError {
        let code: AuditStoreError.Code =
            switch errno {
            case EACCES, EPERM, EROFS: .readOnly
            case ENOSPC, EDQUOT: .full
            default: .unavailable
            }
        return AuditStoreError(code, "'\(path)' cannot be made: its folder \(Self.reason(errno))")
    }

    private static func split(_ path: String) -> (folder: String, name: String) {
        let bytes = path.utf8
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
        let folder = slash == bytes.startIndex ? "/" : String(path[..<slash])
        return (folder, String(path[bytes.index(after: slash)...]))
    }

    private static func reason(_ code: Int32) -> String {
        "could not be used: \(String(cString: strerror(code)))"
    }
}
