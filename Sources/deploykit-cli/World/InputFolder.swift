// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKitDocuments

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Files of another tool: one that is named, or those of a folder.
enum InputFolder {
    /// More than any tool writes for one network.
    private static let limit = 10_000

    /// The paths of everything in a folder and in those below it that is no folder, relative to it.
    ///
    /// - Throws: `InputError` for a folder that cannot be read, or holds too much.
    static func paths(_ folder: String) throws(InputError) -> [String] {
        var found: [String] = []
        var waiting = [""]
        while let part = waiting.popLast() {
            let path = part.isEmpty ? folder : "\(folder)/\(part)"
            guard let stream = opendir(path) else {
                throw InputError(.unreadable, "'\(path)' cannot be read: \(World.reason(errno))")
            }
            defer { closedir(stream) }
            while let entry = readdir(stream) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name == "." || name == ".." { continue }
                let inner = part.isEmpty ? name : "\(part)/\(name)"
                var status = stat()
                // A link is named and not followed.
                let isFolder =
                    lstat("\(folder)/\(inner)", &status) == 0
                    && status.st_mode & mode_t(S_IFMT) == mode_t(S_IFDIR)
                if isFolder { waiting.append(inner) } else { found.append(inner) }
                guard found.count + waiting.count <= 1_000_000 else {
                    throw InputError(.tooLarge, "'\(folder)' has more than a million files")
                }
            }
        }
        return found
    }

    /// The files at a path, in the order of their names: of a folder those that end with `.json`,
    /// not those of folders in it.
    ///
    /// - Parameters:
    ///   - path: A file or a folder.
    ///   - hidden: Whether `.chainId` counts as well, also beside a file that is named.
    /// - Returns: The files with their content.
    /// - Throws: `InputError` for what cannot be read.
    static func files(_ path: String, hidden: Bool) throws(InputError) -> [ForeignFile] {
        guard let folder = opendir(path) else {
            guard errno == ENOTDIR else {
                throw InputError(.unreadable, "'\(path)' cannot be read: \(World.reason(errno))")
            }
            var files = [ForeignFile(path: path, bytes: try InputFile.bytes(path))]
            let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            let chain = (parts + [".chainId"]).joined(separator: "/")
            if hidden, access(chain, R_OK) == 0 {
                files.append(ForeignFile(path: chain, bytes: try InputFile.bytes(chain)))
            }
            return files
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasSuffix(".json") && !name.hasPrefix(".") || hidden && name == ".chainId"
            else { continue }
            names.append(name)
            guard names.count <= limit else {
                throw InputError(.tooLarge, "'\(path)' has more than \(limit) files")
            }
        }
        var files: [ForeignFile] = []
        for name in names.sorted() {
            let file = path.hasSuffix("/") ? path + name : "\(path)/\(name)"
            files.append(ForeignFile(path: file, bytes: try InputFile.bytes(file)))
        }
        return files
    }
}
