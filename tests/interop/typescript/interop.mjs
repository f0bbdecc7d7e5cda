// Reads frames from standard input, decodes and encodes them again with a codec that shares no code with this project,
// and prints what came of it. The codec is compiled from protocol/v*.bare by @bare-ts/tools at each start.
//
// The line protocol is described in README.md.

import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises"
import { once } from "node:events"
import { createInterface } from "node:readline"
import process from "node:process"
import { transform } from "@bare-ts/tools"

const PROTOCOL = new URL("../../../protocol/", import.meta.url)
const BUILD = new URL("build/", import.meta.url)

/** The schema compiler writes an encoder and a decoder for each type that no other type uses: the roots. */
const DECODER = /^decode(\w+)$/

/** The fault of whoever calls this program, in contrast to a frame that the codec refuses. */
class UsageError extends Error {}

async function main() {
    if (process.argv.length > 2) {
        throw new UsageError(`expected no arguments, but found ${JSON.stringify(process.argv.slice(2))}`)
    }
    const codecs = await compile()
    let number = 0
    for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
        number += 1
        const answer = respond(codecs, line, number)
        if (!process.stdout.write(`${answer}\n`)) {
            await once(process.stdout, "drain")
        }
    }
}

/** The codecs of every schema there is: by version, then by root. */
async function compile() {
    await mkdir(BUILD, { recursive: true })
    const codecs = new Map()
    for (const file of await readdir(PROTOCOL)) {
        const version = /^v([1-9]\d*)\.bare$/.exec(file)?.[1]
        if (version === undefined) {
            continue
        }
        const schema = await readFile(new URL(file, PROTOCOL), "utf8")
        const module = await load(`v${version}.mjs`, transform(schema, { generator: "js" }))
        const roots = Object.keys(module).flatMap((name) => DECODER.exec(name)?.[1] ?? [])
        codecs.set(
            version,
            new Map(roots.map((root) => [root, { decode: module[`decode${root}`], encode: module[`encode${root}`] }])),
        )
    }
    return codecs
}

/** Writes a module to the build folder, from where it finds @bare-ts/lib, and imports it. */
async function load(name, source) {
    const target = new URL(name, BUILD)
    // Renamed into place, so that two runs at the same time cannot read half of each other's file.
    const written = new URL(`${name}.${process.pid}`, BUILD)
    await writeFile(written, source)
    await rename(written, target)
    return import(target)
}

/** The line to print for one line of input. */
function respond(codecs, line, number) {
    const { decode, encode, octets } = parse(codecs, line, number)
    let value
    try {
        value = decode(octets)
    } catch (error) {
        return `error: decode: ${oneLine(error)}`
    }
    let encoded
    try {
        encoded = encode(value)
    } catch (error) {
        return `error: encode: ${oneLine(error)}`
    }
    return `ok ${Buffer.from(encoded).toString("hex")}\t${JSON.stringify(value, readable)}`
}

/** Takes `VERSION ROOT HEX` apart. */
function parse(codecs, line, number) {
    const parts = line.split(" ")
    if (parts.length !== 3) {
        throw new UsageError(`line ${number}: expected \`VERSION ROOT HEX\`, but found ${parts.length} parts`)
    }
    const [version, root, hex] = parts
    const roots = codecs.get(version)
    if (roots === undefined) {
        throw new UsageError(`line ${number}: expected one of the versions ${listed(codecs)}, but found \`${version}\``)
    }
    const codec = roots.get(root)
    if (codec === undefined) {
        throw new UsageError(`line ${number}: expected one of the roots ${listed(roots)}, but found \`${root}\``)
    }
    if (!/^(?:[0-9a-fA-F]{2})*$/.test(hex)) {
        throw new UsageError(`line ${number}: expected pairs of hex digits, but found something else`)
    }
    return { ...codec, octets: Uint8Array.from(Buffer.from(hex, "hex")) }
}

/** Turns what JSON cannot hold, or not exactly, into what it can. Everything else stays as the codec decoded it. */
function readable(_key, value) {
    if (typeof value === "bigint") {
        const number = Number(value)
        return Number.isSafeInteger(number) ? number : value.toString()
    }
    if (value instanceof ArrayBuffer) {
        return { hex: Buffer.from(value).toString("hex") }
    }
    if (value instanceof Map) {
        return [...value]
    }
    return value
}

function listed(map) {
    return [...map.keys()].sort().join(", ")
}

function oneLine(error) {
    return String(error?.message ?? error).replace(/\s+/g, " ")
}

// A reader that has seen enough closes the pipe; that is no fault of this program.
process.stdout.on("error", (error) => process.exit(error.code === "EPIPE" ? 0 : 1))

try {
    await main()
} catch (error) {
    if (error instanceof UsageError) {
        process.stderr.write(`interop: ${error.message}\n`)
        process.exitCode = 2
        // Or it would go on waiting for the end of the input.
        process.stdin.destroy()
    } else {
        throw error
    }
}
