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
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        if descriptor < 0, errno == EEXIST {
            throw UsageError("'\(path)' exists already; it is left as it is")
        }
        guard descriptor >= 0 else {
            throw InputError(.unreadable, "'\(path)' cannot be made: \(World.reason(errno))")
        }
        var rest = Array(text.utf8)[...]
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
        guard close(descriptor) == 0 else {
            throw InputError(.unreadable, "'\(path)' cannot be written: \(World.reason(errno))")
        }
    }
}
