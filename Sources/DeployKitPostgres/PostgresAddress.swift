// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    import CPostgres

    /// Where a store is kept: a server, a database, and a schema in it.
    ///
    /// Written as libpq's URL, `postgres://user@host:5432/database?sslmode=verify-full`, with one
    /// parameter of our own, `schema`, which is `deploykit` where it is not given. Every other
    /// parameter is libpq's, `service`, `passfile` and those of TLS among them, and so are the
    /// environment variables (`PGPASSWORD`, `PGSSLMODE`, …), the password file and the service file:
    /// <https://www.postgresql.org/docs/current/libpq-connect.html>.
    public struct PostgresAddress: Hashable, Sendable, CustomStringConvertible {
        /// The URL as libpq takes it; it holds no secret.
        let url: String
        /// The schema that the tables stand in.
        public let schema: String
        /// The server, the database and the schema, for messages.
        public let description: String

        /// The schema where none is named.
        public static let defaultSchema = "deploykit"

        /// Tells whether a text is meant as an address, rather than as the path of a file.
        public static func isAddress(_ text: String) -> Bool {
            ["postgres://", "postgresql://"].contains { text.utf8.starts(with: $0.utf8) }
        }

        /// Reads an address.
        ///
        /// - Throws: ``PostgresAddressError``: for a URL that libpq does not understand, for one
        ///   with a password in it, and for a schema that is no plain name. Nothing of the URL
        ///   stands in the message, because whatever cannot be read may be a password.
        public init(_ text: String) throws(PostgresAddressError) {
            guard Self.isAddress(text), !text.utf8.contains(0) else {
                throw PostgresAddressError("an address begins with postgres://")
            }
            let (url, schema) = try Self.split(text)
            let parts = try Self.parts(of: url)
            // A password with a '/' in it is read as a port and the name of a database.
            let path = url.prefix { $0 != "?" }.drop { $0 != ":" }.dropFirst(3).drop { $0 != "/" }
            let isPort = { (text: String) in
                text.allSatisfy { $0.isASCII && $0.isNumber || $0 == "," }
            }
            guard !path.contains("@"), isPort(parts["port"] ?? "") else { throw Self.unreadable }
            for secret in ["password", "sslpassword"] where parts[secret] != nil {
                throw PostgresAddressError(
                    "there is a password in the address, where every user of the machine and every "
                        + "log can read it; it is not used. Put it into PGPASSWORD, the password "
                        + "file (~/.pgpass) or the service file, and change it if it was real"
                )
            }
            self.url = url
            self.schema = schema
            let place = parts["service"].map { "service \($0)" } ?? Self.place(parts)
            description = "postgres \(place), schema \(schema)"
        }

        private static let unreadable = PostgresAddressError(
            "the address cannot be read; it is like "
                + "postgres://user@host:5432/database?sslmode=verify-full. Characters such as '@', "
                + "'/', ':' and '%' within a part are written %40, %2F, %3A and %25"
        )

        private static func place(_ parts: [String: String]) -> String {
            let host = parts["host"] ?? parts["hostaddr"] ?? "of PGHOST or here"
            let port = parts["port"].map { ":\($0)" } ?? ""
            return host + port + (parts["dbname"].map { ", database \($0)" } ?? "")
        }

        /// Takes our own parameter out of the URL.
        private static func split(
            _ text: String
        ) throws(PostgresAddressError) -> (url: String, schema: String) {
            let halves = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2 else { return (text, defaultSchema) }
            var schema: String?
            var rest: [Substring] = []
            for parameter in halves[1].split(separator: "&") {
                guard parameter.utf8.starts(with: "schema=".utf8) else {
                    rest.append(parameter)
                    continue
                }
                let name = String(parameter.dropFirst("schema=".count))
                guard schema == nil, isPlain(name) else {
                    throw PostgresAddressError(
                        "a schema is one name of lowercase letters, digits and '_', up to 40 "
                            + "characters, that does not begin with a digit or 'pg_'"
                    )
                }
                schema = name
            }
            let query = rest.isEmpty ? "" : "?" + rest.joined(separator: "&")
            return (halves[0] + query, schema ?? defaultSchema)
        }

        /// Such a name stands in statements as it is.
        private static func isPlain(_ name: String) -> Bool {
            let bytes = Array(name.utf8)
            guard let first = bytes.first, bytes.count <= 40, !name.hasPrefix("pg_"),
                !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
            else { return false }
            return bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "_"):
                    true
                default: false
                }
            }
        }

        /// What libpq understands of a URL; what is not given is absent.
        private static func parts(
            of url: String
        ) throws(PostgresAddressError) -> [String: String] {
            var complaint: UnsafeMutablePointer<CChar>?
            defer { PQfreemem(complaint) }
            guard let options = PQconninfoParse(url, &complaint) else {
                throw unreadable
            }
            defer { PQconninfoFree(options) }
            var parts: [String: String] = [:]
            var option = options
            while let keyword = option.pointee.keyword {
                if let value = option.pointee.val {
                    parts[String(cString: keyword)] = String(cString: value)
                }
                option += 1
            }
            return parts
        }
    }

    /// Why a text is no address of a store.
    public struct PostgresAddressError: Error, Hashable, Sendable, CustomStringConvertible {
        /// What is wrong with it, and what to write instead; it repeats nothing of the text.
        public let message: String

        init(_ message: String) {
            self.message = message
        }

        /// The sentence.
        public var description: String { message }
    }
#endif
