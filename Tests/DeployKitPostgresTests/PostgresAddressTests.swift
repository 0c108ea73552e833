// DeployKit
// SPDX-License-Identifier: Apache-2.0

#if Postgres
    import DeployKitPostgres
    import Testing

    @Suite struct PostgresAddressTests {
        @Test(arguments: [
            "postgres://u:geheim@localhost/db", "postgresql://u:geheim@localhost/db",
            "postgres://u:geheim@[::1]:5432/db?sslmode=require",
            "postgres://localhost/db?password=geheim", "postgres:///db?user=u&password=geheim",
            "postgres://localhost/db?sslpassword=geheim", "postgres://u:geh%65im@localhost/db",
            // What libpq takes for a port and a database, or for nothing.
            "postgres://u:ge/heim@localhost/db", "postgres://u:1234/geheim@localhost/db",
            "postgres://u:ge?heim@localhost/db", "postgres://u:geheim",
            "postgres://u:%zzgeheim@h/d",
            "postgres://h/d?geheim", "postgres://h/d?schema=Geheim",
            "postgres://h/d?schema=pg_geheim",
            "postgres://h/d?schema=a&schema=geheim", "postgres://h/d?schema=1geheim",
            "postgres://h/d?schema=\"geheim", "postgres://h/\u{0}geheim",
        ])
        func noPasswordIsUsedOrRepeated(_ text: String) {
            do {
                let address = try PostgresAddress(text)
                Issue.record("'\(text)' was taken for \(address)")
            } catch {
                for word in ["geheim", "Geheim", "heim", "1234"] {
                    #expect(!error.message.contains(word), "\(error.message)")
                }
            }
        }

        @Test func theSchemaIsOursAndTheRestIsLibpqs() throws {
            let plain = try PostgresAddress("postgres://u@db.example.com:5433/releases")
            #expect(plain.schema == "deploykit")
            #expect(
                plain.description
                    == "postgres db.example.com:5433, database releases, schema deploykit"
            )
            let long = try PostgresAddress(
                "postgresql://db/releases?sslmode=verify-full&schema=orders_2&connect_timeout=3"
            )
            #expect(long.schema == "orders_2")
            #expect(
                try PostgresAddress("postgres://?service=releases").description.contains("service")
            )
            #expect(PostgresAddress.isAddress("postgres:///x"))
            for path in ["store.sqlite", "/a/postgres://x", "postgres", "POSTGRES://x", ""] {
                #expect(!PostgresAddress.isAddress(path))
            }
        }
    }
#endif
