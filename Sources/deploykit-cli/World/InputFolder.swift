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
