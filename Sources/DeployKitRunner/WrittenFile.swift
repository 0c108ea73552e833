// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The file that a command is to write, and what stood there before.
struct WrittenFile: Sendable {
    private let path: String
    private let before: Stamp?

    /// Looks at the place before the command starts.
    init(_ path: String) {
        self.path = path
        before = Stamp(path)
    }

    /// What tells a file that was written from one that was left from before.
    private struct Stamp: Hashable, Sendable {
        let device: UInt64
        let inode: UInt64
        let size: Int64
        let seconds: Int64
        let nanoseconds: Int64

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
            size = Int64(status.st_size)
            #if canImport(Darwin)
                seconds = Int64(status.st_mtimespec.tv_sec)
                nanoseconds = Int64(status.st_mtimespec.tv_nsec)
            #else
                seconds = Int64(status.st_mtim.tv_sec)
                nanoseconds = Int64(status.st_mtim.tv_nsec)
            #endif
        }
    }

    /// What the command has written.
    ///
    /// - Throws: `CaptureRun.Failure` when there is no such file, it is from before, longer than
    ///   16 MiB, or no UTF-8.
    func content() throws(CaptureRun.Failure) -> String {
        guard let now = Stamp(path) else {
            throw CaptureRun.Failure(message: "the command wrote no file '\(path)'")
        }
        guard now != before else {
            throw CaptureRun.Failure(
                message: "'\(path)' is from before: the command did not write it"
            )
        }
        guard now.size <= 16 << 20 else {
            throw CaptureRun.Failure(message: "'\(path)' has more than 16 MiB")
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw CaptureRun.Failure(
                message: "'\(path)' cannot be read: \(String(cString: strerror(errno)))"
            )
        }
        defer { _ = close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= 16 << 20 {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw CaptureRun.Failure(message: "'\(path)' cannot be read")
            }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CaptureRun.Failure(message: "'\(path)' is not UTF-8")
        }
        return text
    }
}
