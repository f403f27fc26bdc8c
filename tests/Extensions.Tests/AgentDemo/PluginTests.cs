using AgentDemo.Plugins;

namespace LlamaFp4.Extensions.Tests.AgentDemo;

public class PluginTests
{
    [Fact]
    public void Lights_KeepTheirState()
    {
        var lights = new LightsPlugin();

        var answer = lights.TurnOn("Kitchen");
        lights.SetBrightness("hall", 25);

        Assert.Equal("The Kitchen light is on.", answer);
        Assert.Equal("bedroom off, hall at 25 percent, kitchen on, living room at 60 percent", lights.ListLights());
    }

    [Fact]
    public void Lights_UnknownRoomOrBrightness_IsToldToTheModel()
    {
        var lights = new LightsPlugin();

        Assert.Equal("Error: There is no light in the attic.", lights.TurnOff("attic"));
        Assert.Equal("Error: 130 is not between 0 and 100.", lights.SetBrightness("hall", 130));
    }

    [Fact]
    public void Weather_UnknownCity_IsToldToTheModel()
    {
        var weather = new WeatherPlugin();

        Assert.Equal("6 degrees and snowy", weather.GetWeather("oslo"));
        Assert.Equal("Error: No weather station in Atlantis.", weather.GetWeather("Atlantis"));
    }

    [Fact]
    public void Clock_TellsTheTimeOfItsProvider()
    {
        var clock = new ClockPlugin(new StoppedClock(new DateTimeOffset(2026, 3, 9, 7, 5, 0, TimeSpan.Zero)));

        Assert.Equal("07:05", clock.GetTime());
    }

    [Fact]
    public void Shop_AddsUpThePricesOfThings()
    {
        var shop = new ShopPlugin();

        Assert.Equal("3 lemons added", shop.AddToCart("lemons", 3));
        Assert.Equal("1 bread added", shop.AddToCart("bread", 1));
        Assert.Equal("2 tomatoes added", shop.AddToCart("tomatoes", 2));

        Assert.Equal("5.60 euros", shop.GetCartTotal());
    }

    [Fact]
    public void Shop_UnknownProductOrQuantity_IsToldToTheModel()
    {
        var shop = new ShopPlugin();

        Assert.Equal("Error: The shop does not sell cars. It sells apple, bread, egg, lemon, milk, tomato.", shop.AddToCart("cars", 1));
        Assert.Equal("Error: 0 is not a quantity.", shop.AddToCart("milk", 0));
        Assert.Equal("0.00 euros", shop.GetCartTotal());
    }

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => now;
    }
}
