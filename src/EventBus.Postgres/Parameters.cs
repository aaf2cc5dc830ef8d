using Npgsql;
using NpgsqlTypes;

namespace EventBus.Postgres;

/// <summary>Typed parameters: what is not typed goes through reflection, which a native binary has not.</summary>
internal static class Parameters
{
    /// <summary>One value.</summary>
    public static NpgsqlParameter Value<T>(T value, NpgsqlDbType type) => new NpgsqlParameter<T> { TypedValue = value, NpgsqlDbType = type };

    /// <summary>The first <paramref name="count"/> of <paramref name="items"/>, for <c>unnest</c>.</summary>
    public static NpgsqlParameter Array<T>(T[] items, int count, NpgsqlDbType itemType) => new NpgsqlParameter<IList<T>>
    {
        TypedValue = new ArraySegment<T>(items, 0, count),
        NpgsqlDbType = NpgsqlDbType.Array | itemType,
    };
}
