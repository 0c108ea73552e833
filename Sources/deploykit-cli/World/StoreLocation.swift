// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Finds the store and the project file, and refuses those that somebody else could have put there.
struct StoreLocation: Hashable, Sendable {
    static let folder = ".deploykit"
    static let file = "store.sqlite"
    static let project = "deploykit.json"

    /// The store, where there is one or where one was named: a file, or the address of a server.
    let store: String?
    /// The project file, where there is one.
    let project: String?
    /// The folder that a new store is made in.
    let root: String

    /// Looks for both.
    ///
    /// The store is the one named, else `DEPLOYKIT_STORE`, else `.deploykit/store.sqlite` in the
    /// working directory or above. The project file is the one named, else the one beside the
    /// store's folder, else the first in the working directory or above.
    ///
    /// - Throws: `InputError` for a file of another user, or one that everybody may write.
    init(_ call: Call) throws(InputError) {
        let folders = Self.folders(
            from: call.directory,
            home: call.environment["HOME"]
        )
        let named = call.arguments["store"] ?? call.environment["DEPLOYKIT_STORE"]
        let found = folders.first { Self.exists("\($0)/\(Self.folder)/\(Self.file)") }
        if let named, !named.isEmpty {
            store = named
        } else {
            store = found.map { "\($0)/\(Self.folder)/\(Self.file)" }
        }
        let beside = named == nil ? found.map { [$0] } ?? [] : []
        project =
            call.arguments["project"]
            ?? (beside + folders).map { "\($0)/\(Self.project)" }.first(where: Self.exists)
        let projectFolder = call.arguments["project"] == nil ? project.map(Self.parent) : nil
        root = found ?? projectFolder ?? call.directory
        if let store, Self.exists(store) {
            if named == nil { try Self.checkTrust(Self.parent(store)) }
            try Self.checkTrust(store)
        }
        if let project, Self.exists(project) { try Self.checkTrust(project) }
    }

    /// Makes the folder for a new store, closed to others and kept out of version control.
    ///
    /// - Returns: The path of the store to make.
    /// - Throws: `InputError` when the folder cannot be made or is somebody else's.
    func makeFolder() throws(InputError) -> String {
        let folder = "\(root)/\(Self.folder)"
        if mkdir(folder, 0o700) != 0, errno != EEXIST {
            throw InputError(
                .unreadable,
                "'\(folder)' cannot be made: \(World.reason(errno))"
            )
        }
        try Self.checkTrust(folder)
        let ignore = "\(folder)/.gitignore"
        let descriptor = open(ignore, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            defer { _ = close(descriptor) }
            let text = Array("*\n".utf8)
            guard write(descriptor, text, text.count) == text.count else {
                throw InputError(
                    .unreadable,
                    "'\(ignore)' cannot be written: \(World.reason(errno))"
                )
            }
        } else if errno != EEXIST {
            throw InputError(.unreadable, "'\(ignore)' cannot be made: \(World.reason(errno))")
        }
        return "\(folder)/\(Self.file)"
    }

    /// The folders to look in, as git does: the working directory, then those above it, up to the
    /// home directory or the boundary of the file system, both of which end the search.
    static func folders(from directory: String, home: String?) -> [String] {
        var result = [directory]
        var status = stat()
        guard stat(directory, &status) == 0 else { return result }
        let device = status.st_dev
        var folder = directory
        while folder != "/", folder != home {
            folder = parent(folder)
            guard folder != home, stat(folder, &status) == 0, status.st_dev == device else { break }
            result.append(folder)
        }
        return result
    }

    /// The folder that a path stands in.
    static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Whether two paths name one file.
    static func isSame(_ one: String, _ other: String) -> Bool {
        var (first, second) = (stat(), stat())
        guard stat(one, &first) == 0, stat(other, &second) == 0 else { return false }
        return first.st_ino == second.st_ino && first.st_dev == second.st_dev
    }

    /// Whether a file stands in `folder` or below, links resolved.
    static func isWithin(_ folder: String, _ path: String) -> Bool {
        guard let outer = realpath(folder, nil) else { return false }
        defer { free(outer) }
        let base = String(cString: outer)
        var place = parent(path)
        // A folder that is still to be made is where the first one above it is.
        while !exists(place), place != "/", place != "." { place = parent(place) }
        guard let inner = realpath(place, nil) else { return false }
        defer { free(inner) }
        return (String(cString: inner) + "/").utf8.starts(with: "\(base)/".utf8)
    }

    private static func checkTrust(_ path: String) throws(InputError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw InputError(.unreadable, "'\(path)' cannot be read: \(World.reason(errno))")
        }
        guard status.st_uid == geteuid() else {
            throw InputError(
                .unsafe,
                "'\(path)' belongs to user \(status.st_uid), and you are \(geteuid()); it is not used"
            )
        }
        guard status.st_mode & 0o002 == 0 else {
            throw InputError(
                .unsafe,
                "everybody may write '\(path)'; it is not used until 'chmod o-w' has closed it"
            )
        }
    }
}
