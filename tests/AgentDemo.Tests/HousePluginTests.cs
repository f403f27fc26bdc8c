using AgentDemo.Scenarios.House;

namespace LlamaFp4.AgentDemo.Tests;

public class HousePluginTests
{
    [Fact]
    public void Lights_KeepTheirState()
    {
        var lights = new LightsPlugin();

        Assert.Equal("bedroom, hall, kitchen and living room", lights.ListRooms());
        Assert.Equal("The kitchen light is on.", lights.SwitchLight("the kitchen", true));
        Assert.Equal("The Kitchen light is already on.", lights.SwitchLight("Kitchen", true));
        Assert.Equal("The hall light is at 25 percent.", lights.DimLight("hall", 25));
        Assert.Equal("The hall light is off.", lights.SwitchLight("hall", false));
    }

    [Fact]
    public void Lights_UnknownRoomOrBrightness_IsToldToTheModel()
    {
        var lights = new LightsPlugin();

        Assert.Equal("Error: There is no light in the attic.", lights.SwitchLight("attic", false));
        Assert.Equal("Error: 130 is not between 0 and 100.", lights.DimLight("hall", 130));
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

        Assert.Equal("The total is 1.50 euros.", shop.AddToCart("lemons", 3));
        Assert.Equal("The total is 4.70 euros.", shop.AddToCart("Bread", 1));
        Assert.Equal("The total is 5.60 euros.", shop.AddToCart("tomatoes", 2));
    }

    [Fact]
    public void Shop_UnknownProductOrQuantity_IsToldToTheModel()
    {
        var shop = new ShopPlugin();

        Assert.Equal("Error: The shop does not sell cars. It sells apple, bread, egg, lemon, milk, tomato.", shop.AddToCart("cars", 1));
        Assert.Equal("Error: 0 is not a quantity.", shop.AddToCart("milk", 0));
    }

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => now;
    }
}
