using System.Text.Json;
using Mesh.Tests.Kit;
using Mesh.Wire.Http2.Hpack;
using Xunit;

namespace Mesh.Tests.Wire.Http2.Hpack;

/// <summary>Real heads, packed by the encoders of others.</summary>
public sealed class HpackStoriesTests
{
    private sealed record Block(byte[] Wire, int? TableSize, List<TextField> Fields);

    [ConformanceFact]
    public void Decodes_WhatOtherEncodersWrote()
    {
        List<string> faults = [];

        foreach ((string story, List<Block> blocks) in Stories())
        {
            HpackDecoder decoder = new();
            foreach (Block block in blocks)
            {
                if (block.TableSize is { } size) decoder.SetTableSize(size);
                HpackResult result = HpackKit.Decode(decoder, block.Wire, out List<TextField> fields);
                if (result == HpackResult.Complete && HpackKit.Show(fields) == HpackKit.Show(block.Fields)) continue;
                faults.Add($"{story}: {result}");
                break;
            }
        }

        Assert.Empty(faults);
    }

    [ConformanceFact]
    public void GivesBack_WhatItPacksItself_AndSpareSpace()
    {
        long plain = 0, packed = 0, theirs = 0;

        foreach ((string story, List<Block> blocks) in Stories())
        {
            HpackEncoder encoder = new();
            HpackDecoder decoder = new();
            foreach (Block block in blocks)
            {
                if (block.TableSize is { } size)
                {
                    decoder.SetTableSize(size);
                    encoder.SetPeerTableSize((uint)size);
                }

                byte[] wire = HpackKit.Encode(encoder, block.Fields);
                Assert.True(HpackKit.Decode(decoder, wire, out List<TextField> fields) == HpackResult.Complete, story);
                Assert.Equal(HpackKit.Show(block.Fields), HpackKit.Show(fields));
                plain += block.Fields.Sum(field => field.Name.Length + field.Value.Length);
                packed += wire.Length;
                theirs += block.Wire.Length;
            }
        }

        // The others' sum holds one that never indexes; ours keeps some fields out of the table on purpose.
        Assert.True(packed < plain * 0.45, $"{packed} of {plain} bytes; the others have {theirs}");
    }

    private static IEnumerable<(string Story, List<Block> Blocks)> Stories()
    {
        foreach (string file in Directory.EnumerateFiles(ConformanceFolder.At("hpack"), "story_*.json", SearchOption.AllDirectories).Order())
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
            yield return (file, [.. document.RootElement.GetProperty("cases").EnumerateArray().Select(Read)]);
        }
    }

    private static Block Read(JsonElement block) => new(
        Convert.FromHexString(block.GetProperty("wire").GetString()!),
        block.TryGetProperty("header_table_size", out JsonElement size) && size.ValueKind == JsonValueKind.Number ? size.GetInt32() : null,
        [.. block.GetProperty("headers").EnumerateArray().Select(each => each.EnumerateObject().First()).Select(Field)]);

    private static TextField Field(JsonProperty field) => new(field.Name, field.Value.GetString()!);
}
