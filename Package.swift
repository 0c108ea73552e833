// swift-tools-version: 6.2
// DeployKit
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let package = Package(
    name: "deploykit",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "DeployKit", targets: ["DeployKit"]),
        .library(name: "DeployKitDocuments", targets: ["DeployKitDocuments"]),
        .library(name: "DeployKitSQLite", targets: ["DeployKitSQLite"]),
        .library(name: "DeployKitPostgres", targets: ["DeployKitPostgres"]),
        .library(name: "DeployKitRunner", targets: ["DeployKitRunner"]),
        .library(name: "DeployKitTesting", targets: ["DeployKitTesting"]),
        .executable(name: "deploykit", targets: ["deploykit-cli"]),
    ],
    traits: [
        .trait(
            name: "Postgres",
            description: "One log for many machines, kept by PostgreSQL (libpq)"
        )
    ],
    targets: [
        .target(name: "CSHA256"),
        .target(name: "DeployKit", dependencies: ["CSHA256"]),
        .target(name: "DeployKitDocuments", dependencies: ["DeployKit"]),
        .systemLibrary(
            name: "CSQLite",
            pkgConfig: "sqlite3",
            providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]
        ),
        .target(name: "DeployKitSQLite", dependencies: ["DeployKit", "CSQLite"]),
        .systemLibrary(
            name: "CPostgres",
            pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"]), .brew(["libpq"])]
        ),
        // Without the trait this target is empty, and nothing of libpq is looked for.
        .target(
            name: "DeployKitPostgres",
            dependencies: [
                "DeployKit", .target(name: "CPostgres", condition: .when(traits: ["Postgres"])),
            ]
        ),
        // `make install` tells the version of the tag; C alone can be told a text by a build.
        .target(
            name: "CRunnerShims",
            cSettings: Context.environment["DEPLOYKIT_VERSION"].map {
                [.define("DEPLOYKIT_VERSION", to: "\"\($0)\"")]
            }
        ),
        .target(name: "DeployKitRunner", dependencies: ["DeployKit", "CRunnerShims"]),
        .target(name: "DeployKitTesting", dependencies: ["DeployKit"]),
        .executableTarget(
            name: "deploykit-cli",
            dependencies: [
                "DeployKit", "DeployKitDocuments", "DeployKitSQLite", "DeployKitRunner",
                "CRunnerShims",
                .target(name: "DeployKitPostgres", condition: .when(traits: ["Postgres"])),
            ]
        ),
        .testTarget(name: "DeployKitTests", dependencies: ["DeployKit", "DeployKitTesting"]),
        .testTarget(
            name: "DeployKitDocumentsTests",
            dependencies: ["DeployKitDocuments", "DeployKitTesting"]
        ),
        .testTarget(
            name: "DeployKitSQLiteTests",
            dependencies: [
                "DeployKitDocuments", "DeployKitSQLite", "DeployKitTesting", "CSQLite",
            ],
            exclude: ["Fixtures"]
        ),
        .testTarget(
            name: "DeployKitPostgresTests",
            dependencies: [
                "DeployKitPostgres", "DeployKitDocuments", "DeployKitSQLite", "DeployKitTesting",
                .target(name: "CPostgres", condition: .when(traits: ["Postgres"])),
            ]
        ),
        .testTarget(
            name: "DeployKitRunnerTests",
            dependencies: ["DeployKitRunner", "DeployKitTesting"]
        ),
        .testTarget(
            name: "DeployKitCLITests",
            dependencies: ["deploykit-cli", "DeployKitSQLite", "DeployKitTesting"],
            exclude: ["Golden"]
        ),
    ],
    swiftLanguageModes: [.v6]
)

// Warnings fail the build of this package's own gate only: a client that depends by path
// must not break on a warning of ours.
let strict: [SwiftSetting] =
    Context.environment["DEPLOYKIT_STRICT"] == nil
    ? []
    : [.treatAllWarnings(as: .error), .treatWarning("ExplicitSendable", as: .error)]

for target in package.targets
where target.type != .system && !["CRunnerShims", "CSHA256"].contains(target.name) {
    target.swiftSettings =
        [
            "ExistentialAny", "ImmutableWeakCaptures", "InferIsolatedConformances",
            "InternalImportsByDefault", "MemberImportVisibility",
            "NonisolatedNonsendingByDefault",
        ].map { .enableUpcomingFeature($0) }
        + (["DeployKit", "DeployKitDocuments"].contains(target.name)
            ? [.strictMemorySafety()] : [])
        + strict
}
