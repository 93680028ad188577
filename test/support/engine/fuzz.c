/* The natives of the executable's engine with the C library's allocator, so that the sanitizers see every byte: evaluates a
   script, `fuzz SCRIPT.js SEED ROUNDS`, which calls them with what it likes. Says what the script throws. */

#define main engine_main
#include "engine.c"
#undef main

/* overrun(typed array): the byte behind it, which shows whether the sanitizers watch. */
static JSValue overrun(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)
{
    size_t length;
    uint8_t *memory = bytes_of(ctx, argv[0], &length);
    return memory == NULL ? JS_EXCEPTION : JS_NewInt32(ctx, memory[length]);
}

int main(int argc, char **argv)
{
    if (argc != 4) return 2;
    JSRuntime *rt = JS_NewRuntime();
    JSContext *ctx = JS_NewContext(rt);
    JS_SetMaxStackSize(rt, 256 << 10);
    add_natives(ctx);
    JSValue global = JS_GetGlobalObject(ctx);
    JS_SetPropertyStr(ctx, global, "seed", JS_NewInt32(ctx, atoi(argv[2])));
    JS_SetPropertyStr(ctx, global, "rounds", JS_NewInt32(ctx, atoi(argv[3])));
    JS_SetPropertyStr(ctx, global, "overrun", JS_NewCFunction(ctx, overrun, "overrun", 1));
    JS_FreeValue(ctx, global);
    size_t length;
    char *script = read_file(argv[1], &length);
    JSValue result = JS_Eval(ctx, script, length, argv[1], JS_EVAL_TYPE_GLOBAL);
    if (JS_IsException(result)) give_up(ctx);
    JS_FreeValue(ctx, result);
    JS_FreeContext(ctx);
    JS_FreeRuntime(rt);
    return 0;
}
