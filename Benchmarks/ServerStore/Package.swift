// swift-tools-version: 6.2
// DeployKit
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// Apart from the other benchmarks, so that those need no libpq.
let package = Package(
    name: "postgres-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "deploykit", path: "../..", traits: ["Postgres"])],
    targets: [
        .systemLibrary(
            name: "CSystemPostgres",
            pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"]), .brew(["libpq"])]
        ),
        // What DeployKit is measured against: the same statements through libpq, in C.
        .target(name: "CPostgresBaseline", dependencies: ["CSystemPostgres"]),
        .executableTarget(
            name: "deploykit-postgres-bench",
            dependencies: [
                "CPostgresBaseline",
                .product(name: "DeployKit", package: "deploykit"),
                .product(name: "DeployKitPostgres", package: "deploykit"),
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)
