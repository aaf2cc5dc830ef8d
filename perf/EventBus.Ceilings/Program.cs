using EventBus.Ceilings;
using EventBus.Ceilings.Compare;
using EventBus.Ceilings.Librdkafka;
using EventBus.Ceilings.Load;
using EventBus.Ceilings.Servers;

const string Usage = """
    ceilings bare-http       --port P                     Kestrel and source-generated JSON, no Kafka
    ceilings straightforward --port P --brokers B [--linger MS]   one shared producer, awaited ProduceAsync
    ceilings bare-kafka      --brokers B [--topic T] [--seconds S | --count N] [--rate R] [--linger MS] [--max-in-flight N]
    ceilings bare-consume    --brokers B --count N [--topic T]     Confluent.Kafka's consumer alone
    ceilings load            --port P [--connections C] [--seconds S] [--rate R] [--batch N] [--mix] [--distinct N]
    ceilings stream          --port P [--connections C] [--seconds S | --count N] [--rate R] [--window N]
    ceilings mock-cluster    [--brokers N] [--partitions N] [--topic T]
    ceilings compare         [row]... [--quick] [--cluster real|embedded]   see perf/README.md
    """;

if (args is not [var verb, .. var rest])
{
    Console.Error.WriteLine(Usage);
    return 2;
}

try
{
    var options = new Options(rest);
    switch (verb)
    {
        case "bare-http": return BareHttp.Run(options);
        case "straightforward": return Straightforward.Run(options);
        case "bare-kafka": return BareKafka.Run(options);
        case "bare-consume": return BareConsume.Run(options);
        case "load": return HttpLoad.Run(options);
        case "stream": return StreamLoad.Run(options);
        case "mock-cluster": return MockCluster.Run(options);
        case "compare": return await CompareCommand.RunAsync(options);
        default:
            Console.Error.WriteLine(Usage);
            return 2;
    }
}
catch (OptionException wrong)
{
    Console.Error.WriteLine(wrong.Message);
    return 2;
}
