// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What the operating system says about this process.
enum World {
    /// The environment variables; of two of one name the first.
    static var environment: [String: String] {
        var result: [String: String] = [:]
        var position = environ
        while let entry = position.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                let name = String(text[..<equals])
                if result[name] == nil { result[name] = String(text[text.index(after: equals)...]) }
            }
            position += 1
        }
        return result
    }

    /// The working directory.
    ///
    /// - Throws: `InputError` when it was removed or may not be read.
    static func directory() throws(InputError) -> String {
        guard let path = getcwd(nil, 0) else {
            throw InputError(.unreadable, "the working directory cannot be read: \(reason(errno))")
        }
        defer { free(path) }
        return String(cString: path)
    }

    /// The name of the user whom the process runs as; the number where there is no name.
    static var userName: String {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        let code = getpwuid_r(geteuid(), &entry, &buffer, buffer.count, &found)
        guard code == 0, found != nil, let name = entry.pw_name else { return "uid-\(geteuid())" }
        return String(cString: name)
    }

    /// What the operating system calls an error.
    static func reason(_ code: CInt) -> String {
        String(cString: strerror(code))
    }
}
