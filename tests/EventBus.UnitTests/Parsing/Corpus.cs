namespace EventBus.UnitTests.Parsing;

/// <summary>Valid events of every shape that the contract allows.</summary>
internal static class Corpus
{
    /// <summary>Generic events.</summary>
    public static readonly IReadOnlyList<string> Generic =
    [
        """{"event_type":"system.startup","topic":"system.events","source":"core","payload":""}""",
        """{"event_type":"system.startup","topic":"system.events","source":"core","payload":"{\"version\":\"1.0\",\"a\":[1,2]}"}""",
        """{"event_type":"system.startup","topic":"system.events","source":"core","payload":"  [1, 2]\n "}""",
        """{"event_type":"system.startup","topic":"system.events","source":"core","payload":"{broken"}""",
        """{"event_type":"system.startup","topic":"system.events","source":"core","payload":"[1] and more"}""",
        """{"event_type":"system.startup","topic":"system.events","source":"core","payload":"12"}""",
        """{"event_type":"system.startup","topic":"system.events","source":"core","payload":"tab\tnewline\r\n quote\" slash\/ back\\ bell\b feed\f"}""",
        """{"event_type":"system.startup","topic":"system.events","source":"core","payload":"Grüße, 世界 \u00e9\u4e16\ud83d\ude00 😀 \uD834\udd1e"}""",
        """{"event_type":"system.startup","topic":"system.events","source":"core","payload":{"a": { "b" : [1,2.50,-3e5,null,true] } , "a":1,"\u0000":"\u0000"}}""",
        """{"event_type":"system.startup","topic":"system.events","source":"core","payload":[ {"x":"\ud83d\ude00"} , "text" ]}""",
        """{"event_type":"system.startup","topic":"system.events","source":"core","payload":{}}""",
        """{"event_type":"system.startup","topic":"system.events","source":"core","payload":[]}""",
        """ {"payload":"first" , "source":"s", "topic" : "game.events","event_type":"game.match_end"} """,
        "\t{\r\n\"payload\":\"p\",\n\"source\":\"s\",\"topic\":\"game.events\",\"event_type\":\"game.match.end.of.all\"\n}\n\n",
        """{"\u0065vent_type":"game.kill","t\u006fpic":"game.events","source":"\u0063ore","pa\u0079load":"x"}""",
        """{"event_type":"game.\u006bill","topic":"game\u002eevents","source":"caf\u00e9 😀","payload":"x"}""",
        """{"event_type":"game.kill","topic":"game.events","source":"s","payload":"x","priority":"low"}""",
        """{"event_type":"game.kill","topic":"game.events","source":"s","payload":"x","priority":"normal","is_replayable":true}""",
        """{"event_type":"game.kill","topic":"game.events","source":"s","payload":"x","priority":"\u0068igh","is_replayable":false}""",
        """{"event_type":"game.kill","topic":"game.events","source":"s","payload":"x","priority":"critical"}""",
        """{"event_type":"game.kill","topic":"game.events","source":"s","payload":"x","event_id":"own-1"}""",
        """{"event_type":"game.kill","topic":"game.events","source":"s","payload":"x","event_id":"own\t\u00e9","key":"k\"ey"}""",
        """{"event_type":"game.kill","topic":"game.events","source":"s","payload":"x","key":"k","session_id":"s","player_id":"p"}""",
        """{"event_type":"game.kill","topic":"game.events","source":"s","payload":"x","session_id":"s","player_id":"p"}""",
        """{"event_type":"game.kill","topic":"game.events","source":"s","payload":"x","player_id":"p"}""",
        """{"event_type":"game.kill","topic":"game.events","source":"s","payload":"x","key":"","session_id":"","player_id":"p","event_id":""}""",
        """{"event_type":"game.kill","topic":"game.events","source":"s","payload":"x","key":null,"priority":null,"is_replayable":null,"event_id":null,"timestamp":null,"headers":null,"session_id":null,"player_id":null}""",
        """{"event_type":"game.kill","topic":"game.events","source":"s","payload":"x","timestamp":"2024-01-10T10:30:00Z"}""",
        """{"event_type":"game.kill","topic":"game.events","source":"s","payload":"x","timestamp":"2024-02-29T23:59:59.1234567+05:30"}""",
        """{"event_type":"game.kill","topic":"game.events","source":"s","payload":"x","timestamp":"2026-03-04T05:06:07.5-08:00"}""",
        """{"event_type":"game.kill","topic":"game.events","source":"s","payload":"x","headers":{}}""",
        """{"event_type":"game.kill","topic":"game.events","source":"s","payload":"x","headers":{"b":"2","a":"1","\u0063 d":"caf\u00e9","empty":"","~/":"x"}}""",
        """{"event_type":"game.kill","topic":"game.events","source":"s","payload":"x","future":{"a":[1,{"b":2}]},"other":1,"\ud83d\ude00":true,"":null}""",
        """{"event_type":"analytics.economy","topic":"analytics.player_stats","source":"s","payload":{"n":1},"priority":"high","is_replayable":false,"event_id":"e","key":"k","timestamp":"2025-12-31T23:59:59.999999Z","headers":{"h":"v"},"session_id":"s","player_id":"p"}""",
    ];

    /// <summary>Game events.</summary>
    public static readonly IReadOnlyList<string> Game =
    [
        """{"player_id":"p","session_id":"s","action_type":"kill"}""",
        """ {"player_id":"p","session_id":"s","action_type":"match.end", "unknown" : [1] } """,
        """{"player_id":"p\u00e9","session_id":"s\"1","action_type":"\u006bill","topic":"analytics.player_stats"}""",
        """{"player_id":"p","session_id":"s","action_type":"kill","topic":"","server_id":"","game_mode":"","map_name":null}""",
        """{"player_id":"p","session_id":"s","action_type":"kill","game_mode":"ranked","map_name":"Straße 7","server_id":"eu-1","region":"eu","version":"1.2.3"}""",
        """{"player_id":"p","session_id":"s","action_type":"kill","action_data":{"weapon":"\u0000","a":1,"a":2},"position":{"x":1,"y":-2.5e3,"z":0}}""",
        """{"player_id":"p","session_id":"s","action_type":"kill","action_data":null,"position":null,"key":"k","event_id":"e","priority":"low","is_replayable":false,"timestamp":"2024-01-10T10:30:00.5Z","headers":{"h":"v"}}""",
        """{"player_id":"p","session_id":"s","action_type":"kill","position":{"z":1.7976931348623157e308,"more":{"x":1},"y":1e-400,"\u0078":3}}""",
    ];
}
