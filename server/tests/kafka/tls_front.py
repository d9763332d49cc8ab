"""Speaks TLS to whoever connects and plain TCP to the broker behind, which knows no TLS.

    tls_front.py PORT BROKER_PORT CERT_FILE KEY_FILE

Prints one line when it listens, on loopback only.
"""

import asyncio
import ssl
import sys

port, broker_port, cert_file, key_file = sys.argv[1:]


async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def join(reader, writer):
    broker_reader, broker_writer = await asyncio.open_connection("127.0.0.1", int(broker_port))
    await asyncio.gather(pump(reader, broker_writer), pump(broker_reader, writer))


async def main():
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert_file, key_file)
    server = await asyncio.start_server(join, "127.0.0.1", int(port), ssl=tls)
    print("listening", flush=True)
    await server.serve_forever()


asyncio.run(main())
