/* Texts between JavaScript and the rest of the world: UTF-8, as the Encoding Standard has it, and Latin-1. Part of
   natives.c. */

/* The engine writes half a surrogate pair as three bytes. So many has U+FFFD, which belongs there. */
static void replace_surrogates(uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i + 2 < size; i++) {
        if (bytes[i] == 0xed && bytes[i + 1] >= 0xa0) memcpy(bytes + i, "\xef\xbf\xbd", 3);
    }
}

/* encode(string): an ArrayBuffer of UTF-8. */
static JSValue native_encode(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, argv[0]);
    if (text == NULL) return JS_EXCEPTION;
    JSValue buffer = JS_NewArrayBufferCopy(ctx, (const uint8_t *)text, length);
    JS_FreeCString(ctx, text);
    size_t size;
    uint8_t *bytes = JS_GetArrayBuffer(ctx, &size, buffer);
    if (bytes != NULL) replace_surrogates(bytes, size);
    return buffer;
}

/* encodeInto(string, typed array): as many whole characters as there is room for; how many bytes, less 1 and negated when
   that is not all of them. */
static JSValue native_encode_into(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    size_t length, room;
    uint8_t *into = bytes_of(ctx, argv[1], &room);
    const char *text = into == NULL ? NULL : JS_ToCStringLen(ctx, &length, argv[0]);
    if (text == NULL) return JS_EXCEPTION;
    size_t written = length < room ? length : room;
    if (written < length) while (written > 0 && ((uint8_t)text[written] & 0xc0) == 0x80) written--;
    memcpy(into, text, written);
    replace_surrogates(into, written);
    JS_FreeCString(ctx, text);
    return JS_NewInt64(ctx, written < length ? -(int64_t)written - 1 : (int64_t)written);
}

/* Length of the well-formed UTF-8 sequence at `bytes` (Unicode, table 3-7). When there is none: 0, or -1 where it is only
   cut off by the end, and in `wrong` how many bytes one U+FFFD stands for. */
static int sequence_at(const uint8_t *bytes, size_t left, int *wrong)
{
    uint8_t first = bytes[0], least = 0x80, most = 0xbf;
    int length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    *wrong = 1;
    if (first == 0xe0) least = 0xa0;
    if (first == 0xed) most = 0x9f;
    if (first == 0xf0) least = 0x90;
    if (first == 0xf4) most = 0x8f;
    for (int i = 1; i < length; i++) {
        if ((size_t)i >= left) return -1;
        if (bytes[i] < least || bytes[i] > most) return 0;
        *wrong = i + 1;
        least = 0x80, most = 0xbf;
    }
    return length;
}

/* The length without a sequence that is cut off by the end. */
static size_t uncut(const uint8_t *bytes, size_t length)
{
    int wrong;
    for (size_t back = 1; back <= 3 && back <= length; back++) {
        if (sequence_at(bytes + length - back, back, &wrong) < 0) return length - back;
    }
    return length;
}

/* UTF-8 as TextDecoder has it; when `fatal`, undefined for what is not UTF-8. */
static JSValue decode(JSContext *ctx, const uint8_t *bytes, size_t length, int fatal)
{
    int wrong;
    size_t at = 0;
    while (at < length && bytes[at] < 0x80) at++;
    if (at == length) return js_new_string8(ctx, bytes, length);
    while (at < length) {
        int valid = sequence_at(bytes + at, length - at, &wrong);
        if (valid <= 0) break;
        at += valid;
    }
    if (at == length) return JS_NewStringLen(ctx, (const char *)bytes, length);
    if (fatal) return JS_UNDEFINED;
    uint8_t *repaired = js_malloc(ctx, 3 * length);
    if (repaired == NULL) return JS_EXCEPTION;
    size_t size = 0;
    for (at = 0; at < length;) {
        int valid = sequence_at(bytes + at, length - at, &wrong);
        memcpy(repaired + size, valid > 0 ? bytes + at : (const uint8_t *)"\xef\xbf\xbd", valid > 0 ? valid : 3);
        size += valid > 0 ? valid : 3;
        at += valid > 0 ? valid : wrong;
    }
    JSValue text = JS_NewStringLen(ctx, (const char *)repaired, size);
    js_free(ctx, repaired);
    return text;
}

/* decode(typed array, fatal, stream): when `stream`, a sequence that is cut off by the end is left out. */
static JSValue native_decode(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    size_t length;
    const uint8_t *bytes = bytes_of(ctx, argv[0], &length);
    if (bytes == NULL) return JS_EXCEPTION;
    if (JS_ToBool(ctx, argv[2])) length = uncut(bytes, length);
    return decode(ctx, bytes, length, JS_ToBool(ctx, argv[1]));
}

/* latin1(typed array): a character for each byte. */
static JSValue native_latin1(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    size_t length;
    const uint8_t *bytes = bytes_of(ctx, argv[0], &length);
    if (bytes == NULL) return JS_EXCEPTION;
    return js_new_string8(ctx, bytes, length);
}
