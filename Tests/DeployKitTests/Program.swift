// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
    import Testing

    /// Other programs, asked for their opinion.
    enum Program {
        static func temporaryFile(_ bytes: [UInt8]) throws -> String {
            var template = Array("/tmp/environment-file-XXXXXX".utf8CString)
            let descriptor = mkstemp(&template)
            try #require(descriptor >= 0)
            defer { close(descriptor) }
            try #require(write(descriptor, bytes, bytes.count) == bytes.count)
            return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        }

        /// The standard output of a program that exited 0, or `nil`.
        static func output(of arguments: [String]) throws -> [UInt8]? {
            let path = try temporaryFile([])
            defer { unlink(path) }
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            posix_spawn_file_actions_addopen(&actions, 1, path, O_WRONLY | O_TRUNC, 0)
            posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
            var vector = arguments.map { strdup($0) }
            vector.append(nil)
            defer { for pointer in vector { free(pointer) } }
            var process: pid_t = 0
            guard posix_spawnp(&process, arguments[0], &actions, nil, vector, environ) == 0 else {
                return nil
            }
            var status: Int32 = 0
            while waitpid(process, &status, 0) == -1, errno == EINTR {}
            guard status == 0 else { return nil }
            let descriptor = open(path, O_RDONLY)
            try #require(descriptor >= 0)
            defer { close(descriptor) }
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while case let count = Glibc.read(descriptor, &buffer, buffer.count), count > 0 {
                bytes += buffer[..<count]
            }
            return bytes
        }
    }
#endif
