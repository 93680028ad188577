# What GLib says of D-Bus and GVariant: an oracle for src/dbus and src/cgroup/systemd. One JSON request a line:
# {"encode": "<GVariant text>"} is answered with its type and its bytes as a D-Bus body, {"decode": "<hex>"} with what a
# message says; what GLib refuses is answered with {"error": "..."}.

import json
import sys

from gi.repository import Gio, GLib


def encode(text):
    value = GLib.Variant.parse(None, text, None, None)
    message = Gio.DBusMessage.new_method_call(None, '/', None, 'Member')
    message.set_byte_order(Gio.DBusMessageByteOrder.LITTLE_ENDIAN)
    message.set_serial(1)
    message.set_body(GLib.Variant.new_tuple(value))
    blob = bytes(message.to_blob(Gio.DBusCapabilityFlags.NONE))
    length = int.from_bytes(blob[4:8], 'little')
    return {'type': value.get_type_string(), 'body': blob[len(blob) - length:].hex()}


def decode(text):
    message = Gio.DBusMessage.new_from_blob(bytes.fromhex(text), Gio.DBusCapabilityFlags.NONE)
    return {
        'destination': message.get_destination(), 'path': message.get_path(), 'interface': message.get_interface(),
        'member': message.get_member(), 'signature': message.get_signature(), 'serial': message.get_serial(),
        'body': message.get_body().print_(True) if message.get_body() else None,
    }


for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = encode(request['encode']) if 'encode' in request else decode(request['decode'])
    except Exception as error:
        answer = {'error': str(error)}
    print(json.dumps(answer))
