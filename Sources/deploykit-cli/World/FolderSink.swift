// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKitDocuments

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A new folder that takes the files of an evidence bundle.
struct FolderSink: EvidenceSink {
    private let folder: String
    private var waiting: [String: [UInt8]] = [:]
    private var open: [String: CInt] = [:]
    private static let bufferSize = 1 << 16

    /// Makes the folder.
    ///
    /// - Throws: `UsageError` when something stands there; `InputError` when it cannot be made.
    init(_ folder: String) throws {
        self.folder = folder
        if mkdir(folder, 0o755) != 0 {
            if errno == EEXIST {
                throw UsageError("'\(folder)' exists already; name a folder that does not")
            }
            throw InputError(.unreadable, "'\(folder)' cannot be made: \(World.reason(errno))")
        }
    }

    mutating func append(_ bytes: [UInt8], to path: String) throws {
        waiting[path, default: []] += bytes
        if open[path] == nil || (waiting[path]?.count ?? 0) >= Self.bufferSize {
            try flush(path)
        }
    }

    /// Writes what is left, and makes it durable.
    ///
    /// - Throws: `InputError` when that fails, as on a full disk.
    mutating func finish() throws {
        for path in waiting.keys.sorted() { try flush(path) }
        for (path, descriptor) in open {
            guard fsync(descriptor) == 0, close(descriptor) == 0 else { throw failure(path) }
        }
        open = [:]
    }

    private mutating func flush(_ path: String) throws {
        let descriptor = try descriptor(of: path)
        var rest = (waiting[path] ?? [])[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(path) }
            rest = rest.dropFirst(count)
        }
        waiting[path] = []
        // What stands in a folder is written once and may be many: only what grows stays open.
        if path.utf8.contains(UInt8(ascii: "/")) {
            guard close(descriptor) == 0 else { throw failure(path) }
            open[path] = nil
            waiting[path] = nil
        }
    }

    private mutating func descriptor(of path: String) throws -> CInt {
        if let descriptor = open[path] { return descriptor }
        if let slash = path.lastIndex(of: "/") {
            let parent = "\(folder)/\(path[..<slash])"
            guard mkdir(parent, 0o755) == 0 || errno == EEXIST else { throw failure(path) }
        }
        let descriptor = Glibc.open(
            "\(folder)/\(path)",
            O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
            0o644
        )
        guard descriptor >= 0 else { throw failure(path) }
        open[path] = descriptor
        return descriptor
    }

    private func failure(_ path: String) -> InputError {
        InputError(
            .unreadable,
            "'\(folder)/\(path)' cannot be written: \(World.reason(errno))"
        )
    }
}
